/** Simple Imaging Polynomial: Shupe et al. 2005, ADASS XIV, 491. Pixels relative to CRPIX, before the linear matrix. */
import type { Header } from '../header.ts';
import type { Distortion, Mapped } from './distortion.ts';

/** Coefficients [p][q] of x^p y^q, p + q <= order; null without a usable ORDER card. */
function readPolynomial(header: Header, name: string): number[][] | null {
  const order = header.number(`${name}_ORDER`);
  // The standard stops at 9; a corrupt header does not.
  if (order === undefined || !Number.isInteger(order) || order < 1 || order > 9) return null;
  const rows: number[][] = [];
  for (let p = 0; p <= order; p++) {
    const row: number[] = [];
    for (let q = 0; p + q <= order; q++) row.push(header.number(`${name}_${p}_${q}`) ?? 0);
    rows.push(row);
  }
  return rows;
}

/** Value and derivatives by x and y. */
function evaluate(rows: readonly (readonly number[])[], x: number, y: number): [number, number, number] {
  let value = 0;
  let dx = 0;
  let dy = 0;
  // Horner in x over polynomials in y.
  for (let p = rows.length - 1; p >= 0; p--) {
    const row = rows[p];
    let inner = 0;
    let slope = 0;
    for (let q = row.length - 1; q >= 0; q--) {
      slope = slope * y + inner;
      inner = inner * y + row[q];
    }
    dx = dx * x + value;
    value = value * x + inner;
    dy = dy * x + slope;
  }
  return [value, dx, dy];
}

export interface Sip extends Distortion {
  /** AP and BP: where to start the inverse from; the identity when the header has none. */
  guess(u: number, v: number): [number, number];
}

/** null when the header has no A and B polynomials. */
export function makeSip(header: Header): Sip | null {
  const a = readPolynomial(header, 'A');
  const b = readPolynomial(header, 'B');
  if (a === null || b === null) return null;
  const ap = readPolynomial(header, 'AP');
  const bp = readPolynomial(header, 'BP');
  return {
    map(x, y): Mapped {
      const [u, ux, uy] = evaluate(a, x, y);
      const [v, vx, vy] = evaluate(b, x, y);
      return [x + u, y + v, 1 + ux, uy, vx, 1 + vy];
    },
    guess: (u, v) =>
      ap === null || bp === null ? [u, v] : [u + evaluate(ap, u, v)[0], v + evaluate(bp, u, v)[0]],
  };
}
