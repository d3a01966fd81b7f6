// Kernels that turn a sharp image into a less sharp one: Gaussians times polynomials (Alard and Lupton 1998, ApJ 503, 325, section 3).

export interface KernelBasisOptions {
  /** Half the side of a kernel less one, pixels (default 10: 21 × 21). */
  readonly radius?: number;
  /** Widths of the Gaussians, pixels (default 0.7, 1.5, 3). */
  readonly sigmas?: readonly number[];
  /** Highest degree of the polynomial each is multiplied with (default 4, 2, 2). */
  readonly degrees?: readonly number[];
}

/** A basis function along one axis: (2 radius + 1) values. The function is the product of two, less `share` of the first of all. */
export interface BasisFunction {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly share: number;
}

export interface KernelBasis {
  readonly radius: number;
  /** The first has sum 1, all others 0: the ratio of the fluxes is the first one's coefficient alone (Alard 2000, A&AS 144, 363). */
  readonly functions: readonly BasisFunction[];
}

/** @throws RangeError where a size, width or degree cannot be, or there is not one degree for each width. */
export function kernelBasis(options: KernelBasisOptions = {}): KernelBasis {
  const { radius = 10, sigmas = [0.7, 1.5, 3], degrees = [4, 2, 2] } = options;
  if (!Number.isInteger(radius) || radius < 1 || radius > 50)
    throw new RangeError(`kernelBasis: radius = ${radius}; it must be an integer from 1 to 50`);
  if (sigmas.length === 0 || sigmas.length !== degrees.length)
    throw new RangeError(
      `kernelBasis: ${sigmas.length} sigmas and ${degrees.length} degrees; give one degree for each of one or more widths`,
    );
  const functions: BasisFunction[] = [];
  for (const [k, sigma] of sigmas.entries()) {
    const degree = degrees[k];
    if (!(sigma >= 0.3) || sigma === Infinity || !Number.isInteger(degree) || degree < 0 || degree > 8)
      throw new RangeError(
        `kernelBasis: sigma = ${sigma}, degree = ${degree}; widths are 0.3 px or more, degrees integers from 0 to 8`,
      );
    for (let i = 0; i <= degree; i++)
      for (let j = 0; i + j <= degree; j++) functions.push(product(radius, sigma, i, j));
  }
  return { radius, functions: [{ ...functions[0], share: 0 }, ...functions.slice(1)] };
}

/** Gaussian × x^i y^j, of sum 1 where both powers are even, so that the first can be taken off to leave a sum of 0. */
function product(radius: number, sigma: number, i: number, j: number): BasisFunction {
  const along = (power: number) => {
    const values = Float64Array.from({ length: 2 * radius + 1 }, (_, k) => {
      const t = (k - radius) / sigma;
      return Math.exp((-t * t) / 2) * t ** power;
    });
    const norm =
      power % 2 === 0
        ? values.reduce((sum, v) => sum + v, 0)
        : Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    return values.map((v) => v / norm);
  };
  return { x: along(i), y: along(j), share: i % 2 === 0 && j % 2 === 0 ? 1 : 0 };
}

/** The kernel Σ cₙ Bₙ, (2 radius + 1)² values row-major; entry (radius, radius) is its centre. */
export function kernelOf({ radius, functions }: KernelBasis, coefficients: ArrayLike<number>): Float64Array {
  const side = 2 * radius + 1;
  const kernel = new Float64Array(side * side);
  let taken = 0;
  for (const [n, { x, y, share }] of functions.entries()) {
    const c = coefficients[n];
    taken += c * share;
    if (n > 0) add(kernel, x, y, c);
  }
  add(kernel, functions[0].x, functions[0].y, coefficients[0] - taken);
  return kernel;
}

function add(kernel: Float64Array, x: Float64Array, y: Float64Array, c: number): void {
  const side = x.length;
  for (let v = 0; v < side; v++) for (let u = 0; u < side; u++) kernel[v * side + u] += c * y[v] * x[u];
}
