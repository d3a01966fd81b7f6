/** P(1 | f) = 1 / (1 + exp(a·f + b)). */
export interface Sigmoid {
  readonly a: number;
  readonly b: number;
}

const mostSteps = 100;
const leastStep = 1e-10;
/** Added to the Hessian's diagonal. */
const ridge = 1e-12;

/**
 * Platt's sigmoid on decision values by Newton's method with backtracking (Lin, Lin & Weng 2007, algorithm 1), targets (n₁ + 1)/(n₁ + 2) and 1/(n₀ + 2).
 * @param positive for each value, whether its row is of class 1
 */
export function fitSigmoid(values: Float64Array, positive: readonly boolean[]): Sigmoid {
  const ones = positive.filter(Boolean).length;
  const zeros = positive.length - ones;
  const high = (ones + 1) / (ones + 2);
  const low = 1 / (zeros + 2);
  const loss = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) {
      const t = positive[i] ? high : low;
      const z = values[i] * a + b;
      // Either form is the negative log likelihood; neither lets exp overflow.
      sum += z >= 0 ? t * z + Math.log1p(Math.exp(-z)) : (t - 1) * z + Math.log1p(Math.exp(z));
    }
    return sum;
  };
  let a = 0;
  let b = Math.log((zeros + 1) / (ones + 1));
  let value = loss(a, b);
  for (let step = 0; step < mostSteps; step++) {
    let [h11, h22, h21, g1, g2] = [ridge, ridge, 0, 0, 0];
    for (let i = 0; i < values.length; i++) {
      const p = probability({ a, b }, values[i]);
      const weight = p * (1 - p);
      const off = (positive[i] ? high : low) - p;
      h11 += values[i] * values[i] * weight;
      h22 += weight;
      h21 += values[i] * weight;
      g1 += values[i] * off;
      g2 += off;
    }
    if (Math.abs(g1) < 1e-5 && Math.abs(g2) < 1e-5) break;
    const determinant = h11 * h22 - h21 * h21;
    const da = -(h22 * g1 - h21 * g2) / determinant;
    const db = -(h11 * g2 - h21 * g1) / determinant;
    const slope = g1 * da + g2 * db;
    let size = 1;
    for (; size >= leastStep; size /= 2) {
      const next = loss(a + size * da, b + size * db);
      if (next < value + 1e-4 * size * slope) {
        a += size * da;
        b += size * db;
        value = next;
        break;
      }
    }
    if (size < leastStep) break;
  }
  return { a, b };
}

export function probability({ a, b }: Sigmoid, value: number): number {
  const z = a * value + b;
  return z >= 0 ? Math.exp(-z) / (1 + Math.exp(-z)) : 1 / (1 + Math.exp(z));
}
