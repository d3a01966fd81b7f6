/** The TPV convention (FITS registry of conventions; what SCAMP writes): a 7th-order polynomial in degrees with odd powers of r. */
import type { Header } from '../header.ts';
import type { Distortion, Mapped } from './distortion.ts';

/** Powers of (x, y) of term m; odd powers of r are the terms of `radial`. */
const powers: readonly (readonly [number, number])[] = makePowers();
const radial: Readonly<Record<number, number>> = { 3: 1, 11: 3, 23: 5, 39: 7 };
export const tpvTerms = 40;

function makePowers(): [number, number][] {
  const out: [number, number][] = [];
  for (let order = 0; order <= 7; order++) {
    for (let j = 0; j <= order; j++) out.push([order - j, j]);
    // After orders 1, 3, 5 and 7 comes r to that power.
    if (order % 2 === 1) out.push([0, 0]);
  }
  return out;
}

interface Term {
  readonly c: number;
  /** Powers of the axis's own coordinate and of the other one, or of r when not zero. */
  readonly i: number;
  readonly j: number;
  readonly r: number;
}

/** True when the header has any PV card of this axis with an index that `accept`s. */
export function hasPv(header: Header, axis: number, accept: (m: number) => boolean): boolean {
  for (let m = 0; m < tpvTerms; m++) if (accept(m) && header.has(`PV${axis}_${m}`)) return true;
  return false;
}

/** Coefficients of one axis; PVn_1 is 1 unless given, the others 0. */
function readTerms(header: Header, axis: number): Term[] {
  const terms: Term[] = [];
  for (let m = 0; m < tpvTerms; m++) {
    const c = header.number(`PV${axis}_${m}`) ?? (m === 1 ? 1 : 0);
    const [i, j] = powers[m];
    if (c !== 0) terms.push({ c, i, j, r: radial[m] ?? 0 });
  }
  return terms;
}

/** Powers 0 to 7 of a number. */
function fillPowers(out: Float64Array, x: number): void {
  out[0] = 1;
  for (let k = 1; k < 8; k++) out[k] = out[k - 1] * x;
}

/** Intermediate world coordinates (degrees, longitude first) before and after the polynomial. */
export function makeTpv(header: Header, lonAxis: number, latAxis: number): Distortion {
  const lon = readTerms(header, lonAxis);
  const lat = readTerms(header, latAxis);
  const px = new Float64Array(8);
  const py = new Float64Array(8);
  /** Value and derivatives by the axis's own (`a`) and the other coordinate (`b`). */
  const evaluate = (terms: Term[], a: Float64Array, b: Float64Array, r: number): [number, number, number] => {
    let value = 0;
    let da = 0;
    let db = 0;
    for (const { c, i, j, r: power } of terms) {
      if (power > 0) {
        value += c * r ** power;
        // d(r^n)/da = n r^(n-2) a; at r = 0 the derivative of r itself has no value: 0 there.
        const slope = r === 0 ? 0 : c * power * r ** (power - 2);
        da += slope * a[1];
        db += slope * b[1];
        continue;
      }
      value += c * a[i] * b[j];
      if (i > 0) da += c * i * a[i - 1] * b[j];
      if (j > 0) db += c * j * a[i] * b[j - 1];
    }
    return [value, da, db];
  };
  return {
    map(x, y): Mapped {
      fillPowers(px, x);
      fillPowers(py, y);
      const r = Math.hypot(x, y);
      const [u, ux, uy] = evaluate(lon, px, py, r);
      const [v, vy, vx] = evaluate(lat, py, px, r);
      return [u, v, ux, uy, vx, vy];
    },
  };
}
