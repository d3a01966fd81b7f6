import type { Background } from './background.ts';
import { intervalStarts, splineThrough } from './bicubic-spline.ts';
import { Layout } from './kernel-memory.ts';
import { pixelKernels } from './pixel-kernels.ts';
import type { Plane } from './plane.ts';
import { checkPlane } from './plane.ts';
import { takeArray } from './spare-arrays.ts';

/** The sky level at every pixel (bicubic spline through the meshes), `height × width`. `out` is filled and returned where given. */
export function renderBackground(background: Background, out?: Float32Array): Float32Array {
  return renderGrid(background, background.level, null, out, 'renderBackground');
}

/** The sky's rms at every pixel, interpolated as the level is. */
export function renderRms(background: Background, out?: Float32Array): Float32Array {
  return renderGrid(background, background.rms, null, out, 'renderRms');
}

/**
 * The plane minus its background, without the map in between. `out` (may be the plane's own array) is filled where given. NaN stays NaN;
 * a background that is NaN (nothing usable) gives NaN everywhere. Throws RangeError where shapes differ.
 */
export function subtractBackground(plane: Plane, background: Background, out?: Float32Array): Plane {
  const { width, height, data } = plane;
  checkPlane(plane, 'subtractBackground');
  if (background.width !== width || background.height !== height)
    throw new RangeError(
      `subtractBackground: background is ${background.width}×${background.height}, plane ${width}×${height}; estimate it on this plane`,
    );
  return { width, height, data: renderGrid(background, background.level, data, out, 'subtractBackground') };
}

/** Rows that pass through the kernels' memory at a time: few enough to stay in cache. */
const stripRows = 32;

/** The rendered grid, or `minuend` less it. */
function renderGrid(
  background: Background,
  values: Float32Array,
  minuend: Float32Array | null,
  out: Float32Array | undefined,
  where: string,
): Float32Array {
  const { width, height, meshWidth } = background;
  const target = out ?? takeArray(Float32Array, width * height);
  checkPlane({ width, height, data: target }, where);
  const starts = intervalStarts(background);
  const spline = splineThrough(background, values);
  const layout = new Layout();
  const startsAt = layout.take(4 * starts.length);
  const size = 4 * spline.intervals;
  const polynomialsAt = layout.take(4 * size * stripRows);
  const strip = layout.take(4 * width * stripRows);
  const { run, f32, i32 } = pixelKernels(layout.bytes);
  i32.set(starts, startsAt / 4);
  const polynomials = f32.subarray(polynomialsAt / 4, polynomialsAt / 4 + size * stripRows);
  for (let y0 = 0; y0 < height; y0 += stripRows) {
    const y1 = Math.min(height, y0 + stripRows);
    if (minuend) f32.set(minuend.subarray(y0 * width, y1 * width), strip / 4);
    spline.rows(y0, y1, polynomials);
    run.splineRows(
      strip,
      width,
      y1 - y0,
      startsAt,
      spline.intervals,
      polynomialsAt,
      1 / meshWidth,
      minuend ? 1 : 0,
    );
    target.set(f32.subarray(strip / 4, strip / 4 + (y1 - y0) * width), y0 * width);
  }
  return target;
}
