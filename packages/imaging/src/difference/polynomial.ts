/** Powers (i, j) of x and y up to a total degree, the constant first. */
export function powersUpTo(degree: number): readonly (readonly [number, number])[] {
  const powers: [number, number][] = [];
  for (let total = 0; total <= degree; total++) for (let j = 0; j <= total; j++) powers.push([total - j, j]);
  return powers;
}

/** Σ c x^i y^j at a pixel of an image, x and y scaled to −1 … 1. @param from where in `coefficients` they begin. */
export function polynomialAt(
  powers: readonly (readonly [number, number])[],
  coefficients: ArrayLike<number>,
  from: number,
  x: number,
  y: number,
  width: number,
  height: number,
): number {
  const u = (2 * x) / Math.max(1, width - 1) - 1;
  const v = (2 * y) / Math.max(1, height - 1) - 1;
  let sum = 0;
  for (let k = 0; k < powers.length; k++)
    sum += coefficients[from + k] * u ** powers[k][0] * v ** powers[k][1];
  return sum;
}

/** The terms x^i y^j at a pixel of an image, x and y scaled to −1 … 1. */
export function termsAt(
  powers: readonly (readonly [number, number])[],
  x: number,
  y: number,
  width: number,
  height: number,
): Float64Array {
  const u = (2 * x) / Math.max(1, width - 1) - 1;
  const v = (2 * y) / Math.max(1, height - 1) - 1;
  return Float64Array.from(powers, ([i, j]) => u ** i * v ** j);
}
