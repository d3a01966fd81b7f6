import { nearDuplicates } from './near-duplicates.ts';

/**
 * Sets of rows at (nearly) the same place on the sky, as `nearDuplicates` gives them.
 * @param ra degrees; @param dec degrees
 * @param radius greatest distance in arcseconds (0: the same position to the last digit), up to 10 degrees
 * @throws RangeError where a coordinate is not finite or the radius out of range.
 */
export function samePositions(ra: ArrayLike<number>, dec: ArrayLike<number>, radius = 1): number[][] {
  if (ra.length !== dec.length) throw new RangeError(`ra has ${ra.length} entries, dec ${dec.length}`);
  if (!(radius >= 0 && radius <= 36000))
    throw new RangeError(`radius is ${radius}: give 0 … 36000 arcseconds`);
  const n = ra.length;
  const data = new Float64Array(3 * n);
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(ra[i]) || !(Math.abs(dec[i]) <= 90)) {
      throw new RangeError(`row ${i} is at ra ${ra[i]}, dec ${dec[i]}: give degrees, dec in −90 … 90`);
    }
    const [a, d] = [ra[i], dec[i]].map((degrees) => (degrees * Math.PI) / 180);
    data.set([Math.cos(d) * Math.cos(a), Math.cos(d) * Math.sin(a), Math.sin(d)], 3 * i);
  }
  // Chord of the angle on the unit sphere.
  const tolerance = 2 * Math.sin((radius * Math.PI) / 180 / 3600 / 2);
  return nearDuplicates({ rows: n, columns: 3, data }, { tolerance });
}
