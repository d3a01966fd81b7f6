/**
 * HEALPix pixel of a direction (Górski et al. 2005, ApJ 622, 759, §4 and §5.2): 12 · nside² pixels of equal area, by
 * rings of constant latitude from the north pole, or nested, where the four children of pixel p are 4p … 4p + 3.
 * Pixel sides are about 58.6°/nside.
 * @param ra longitude in degrees, any number of turns
 * @param dec latitude in degrees, −90 … 90
 * @throws RangeError where `nside` is no whole number in 1 … 32768 (nested: a power of two), or a coordinate is out of range or NaN.
 */
export function healpixPixel(
  ra: number,
  dec: number,
  nside: number,
  order: 'nested' | 'ring' = 'nested',
): number {
  if (!Number.isInteger(nside) || nside < 1 || nside > 32768) {
    throw new RangeError(`nside is ${nside}: give a whole number in 1 … 32768`);
  }
  if (order === 'nested' && (nside & (nside - 1)) !== 0) {
    throw new RangeError(`nside is ${nside}: the nested order needs a power of two`);
  }
  if (!Number.isFinite(ra)) throw new RangeError(`ra is ${ra}: give degrees`);
  if (!(dec >= -90 && dec <= 90)) throw new RangeError(`dec is ${dec}: give degrees in −90 … 90`);
  const z = Math.sin((dec * Math.PI) / 180);
  const turns = ra / 360;
  // Longitude in quarters of a turn, [0, 4); rounding can give 4 itself.
  const quarters = (4 * (turns - Math.floor(turns))) % 4;
  // Distance from the pole in rings, σ nside; √(1 − |z|) would lose digits near the pole.
  const polar = (nside * Math.sqrt(3) * Math.cos((dec * Math.PI) / 180)) / Math.sqrt(1 + Math.abs(z));
  return order === 'ring' ? ring(z, quarters, polar, nside) : nested(z, quarters, polar, nside);
}

/** Pixel of each position as a group for `splitRows`: one region of the sky is never divided. At nside 8 regions are 7° wide. */
export function skyRegions(ra: ArrayLike<number>, dec: ArrayLike<number>, nside = 8): Float64Array {
  if (ra.length !== dec.length) throw new RangeError(`ra has ${ra.length} entries, dec ${dec.length}`);
  return Float64Array.from({ length: ra.length }, (_, i) => {
    try {
      return healpixPixel(ra[i], dec[i], nside);
    } catch (error) {
      throw error instanceof RangeError ? new RangeError(`row ${i}: ${error.message}`) : error;
    }
  });
}

function ring(z: number, quarters: number, polar: number, nside: number): number {
  if (3 * Math.abs(z) <= 2) {
    // Indices of the ascending and the descending edge line.
    const up = Math.floor(nside * (0.5 + quarters - 0.75 * z));
    const down = Math.floor(nside * (0.5 + quarters + 0.75 * z));
    const row = nside + 1 + up - down;
    const shifted = 1 - (row & 1);
    const column = Math.floor((up + down - nside + shifted + 1) / 2);
    const around = 4 * nside;
    const wrapped = ((column % around) + around) % around;
    return 2 * nside * (nside - 1) + (row - 1) * around + wrapped;
  }
  const part = quarters - Math.floor(quarters);
  const up = Math.floor(polar * part);
  const down = Math.floor(polar * (1 - part));
  const row = up + down + 1;
  const column = Math.floor(quarters * row) % (4 * row);
  return z > 0 ? 2 * row * (row - 1) + column : 12 * nside * nside - 2 * row * (row + 1) + column;
}

function nested(z: number, quarters: number, polar: number, nside: number): number {
  let face: number;
  let x: number;
  let y: number;
  if (3 * Math.abs(z) <= 2) {
    const up = Math.floor(nside * (0.5 + quarters - 0.75 * z));
    const down = Math.floor(nside * (0.5 + quarters + 0.75 * z));
    const upFace = Math.floor(up / nside);
    const downFace = Math.floor(down / nside);
    face = upFace === downFace ? (upFace & 3) + 4 : upFace < downFace ? upFace & 3 : (downFace & 3) + 8;
    x = down % nside;
    y = nside - 1 - (up % nside);
  } else {
    const corner = Math.min(3, Math.floor(quarters));
    const part = quarters - corner;
    const up = Math.min(nside - 1, Math.floor(polar * part));
    const down = Math.min(nside - 1, Math.floor(polar * (1 - part)));
    face = z > 0 ? corner : corner + 8;
    x = z > 0 ? nside - 1 - down : up;
    y = z > 0 ? nside - 1 - up : down;
  }
  return face * nside * nside + spread(x) + 2 * spread(y);
}

/** Bits of a 15-bit number to the even places. */
function spread(value: number): number {
  let v = value;
  v = (v | (v << 8)) & 0x00ff00ff;
  v = (v | (v << 4)) & 0x0f0f0f0f;
  v = (v | (v << 2)) & 0x33333333;
  return (v | (v << 1)) & 0x55555555;
}
