/** Pixels to intermediate world coordinates: Greisen & Calabretta 2002 (FITS paper I), equations 1 and 3. */
import type { Header } from '../header.ts';

export interface Linear {
  readonly crpix: readonly [number, number];
  /** Pixel offsets to degrees, longitude first. */
  forward(u: number, v: number): [number, number];
  backward(xi: number, eta: number): [number, number];
  readonly determinant: number;
  /** Degrees in the unit of the longitude and latitude axis. */
  readonly units: readonly [number, number];
}

const degrees: Readonly<Record<string, number>> = {
  deg: 1,
  degree: 1,
  degrees: 1,
  arcmin: 1 / 60,
  arcsec: 1 / 3600,
  mas: 1 / 3.6e6,
  rad: 180 / Math.PI,
};

/** CD where there is one, else PC (or CROTA2) times CDELT; null when it cannot be inverted or a unit is unknown. */
export function readLinear(header: Header, lonAxis: number, latAxis: number): Linear | null {
  const unit = (axis: number) => degrees[(header.string(`CUNIT${axis}`) ?? '').toLowerCase() || 'deg'];
  const lonUnit = unit(lonAxis);
  const latUnit = unit(latAxis);
  if (lonUnit === undefined || latUnit === undefined) return null;
  const [m11, m12, m21, m22] = readMatrix(header);
  // Rows in the order longitude, latitude, whichever axis each is.
  const swapped = lonAxis === 2;
  const a = (swapped ? m21 : m11) * lonUnit;
  const b = (swapped ? m22 : m12) * lonUnit;
  const c = (swapped ? m11 : m21) * latUnit;
  const d = (swapped ? m12 : m22) * latUnit;
  const determinant = a * d - b * c;
  if (!Number.isFinite(determinant) || determinant === 0) return null;
  return {
    crpix: [header.number('CRPIX1') ?? 0, header.number('CRPIX2') ?? 0],
    forward: (u, v) => [a * u + b * v, c * u + d * v],
    backward: (xi, eta) => [(d * xi - b * eta) / determinant, (a * eta - c * xi) / determinant],
    determinant,
    units: [lonUnit, latUnit],
  };
}

/** [1_1, 1_2, 2_1, 2_2] in the header's units. */
function readMatrix(header: Header): [number, number, number, number] {
  const indices = ['1_1', '1_2', '2_1', '2_2'] as const;
  if (indices.some((index) => header.has(`CD${index}`))) {
    const [a, b, c, d] = indices.map((index) => header.number(`CD${index}`) ?? 0);
    return [a, b, c, d];
  }
  const s1 = header.number('CDELT1') ?? 1;
  const s2 = header.number('CDELT2') ?? 1;
  if (indices.some((index) => header.has(`PC${index}`))) {
    const pc = (index: string, missing: number) => header.number(`PC${index}`) ?? missing;
    return [s1 * pc('1_1', 1), s1 * pc('1_2', 0), s2 * pc('2_1', 0), s2 * pc('2_2', 1)];
  }
  // The old rotation of the latitude axis: paper II, equation 189.
  const angle = ((header.number('CROTA2') ?? header.number('CROTA1') ?? 0) * Math.PI) / 180;
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return [s1 * cos, -s2 * sin, s1 * sin, s2 * cos];
}
