import type { Plane } from '../plane.ts';
import { convolveVarying } from './convolve.ts';
import type { FitKernelOptions, KernelFit, NoisyPlane } from './fit-kernel.ts';
import { fitKernel } from './fit-kernel.ts';

export interface Difference extends NoisyPlane {
  readonly fit: KernelFit;
}

/** Squares of the kernel below this share of the largest are left out of the variance. */
const leastSquare = 1e-4;

/**
 * The science image less the reference, brought to its PSF, flux scale and background (Alard and Lupton 1998); the variance is that of the science image
 * plus that of the reference convolved with the kernel squared. Both are NaN where the kernel reaches past an edge or over a pixel without a
 * value. The noise of the convolved reference is correlated between pixels, which a variance does not say.
 * Null where no kernel can be fitted.
 * @param stars isolated, unsaturated stars that both images have, 0-based pixels.
 * @throws RangeError of {@link fitKernel}
 */
export function subtractReference(
  science: NoisyPlane,
  reference: NoisyPlane,
  stars: readonly { readonly x: number; readonly y: number }[],
  options: FitKernelOptions = {},
): Difference | null {
  const fit = fitKernel(science, reference, stars, options);
  if (fit === null) return null;
  const { radius } = fit.basis;
  const matched = convolveVarying(reference.image, radius, (x, y) => fit.kernelAt(x, y));
  // squares fall fast: most of a kernel's are nothing beside the largest
  const spread = convolveVarying(
    reference.variance,
    radius,
    (x, y) => fit.kernelAt(x, y).map((v) => v * v),
    leastSquare,
  );
  const { width, height } = science.image;
  const image = new Float32Array(width * height);
  const variance = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      image[at] = science.image.data[at] - matched.data[at] - fit.backgroundAt(x, y);
      variance[at] = science.variance.data[at] + spread.data[at];
      if (!Number.isFinite(image[at]) || !(variance[at] > 0)) image[at] = variance[at] = NaN;
    }
  const plane = (data: Float32Array): Plane => ({ width, height, data });
  return { image: plane(image), variance: plane(variance), fit };
}
