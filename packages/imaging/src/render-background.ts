import type { Background } from './background.ts';
import { forEachSplineRow, intervalStarts } from './bicubic-spline.ts';
import type { Plane } from './plane.ts';
import { checkPlane } from './plane.ts';

/** The sky level at every pixel (natural bicubic spline through the meshes), `height × width`. `out` is filled and returned where given. */
export function renderBackground(background: Background, out?: Float32Array): Float32Array {
  return renderGrid(background, background.level, out, 'renderBackground');
}

/** The sky's rms at every pixel, interpolated as the level is. */
export function renderRms(background: Background, out?: Float32Array): Float32Array {
  return renderGrid(background, background.rms, out, 'renderRms');
}

function renderGrid(
  background: Background,
  values: Float32Array,
  out: Float32Array | undefined,
  where: string,
) {
  const { width, height, meshWidth } = background;
  const target = out ?? new Float32Array(width * height);
  checkPlane({ width, height, data: target }, where);
  const starts = intervalStarts(background);
  const step = 1 / meshWidth;
  forEachSplineRow(background, values, (y, p) => {
    const base = y * width;
    for (let k = 0; k + 1 < starts.length; k++) {
      const c0 = p[4 * k];
      const c1 = p[4 * k + 1];
      const c2 = p[4 * k + 2];
      const c3 = p[4 * k + 3];
      const shift = 0.5 * step - 0.5 - k;
      for (let x = starts[k], end = starts[k + 1]; x < end; x++) {
        const t = x * step + shift;
        target[base + x] = c0 + t * (c1 + t * (c2 + t * c3));
      }
    }
  });
  return target;
}

/**
 * The plane minus its background, without rendering the map in between. `out` (may be the plane's own array) is filled where given.
 * NaN stays NaN; a background that is NaN (nothing usable) gives NaN everywhere. Throws RangeError where shapes differ.
 */
export function subtractBackground(plane: Plane, background: Background, out?: Float32Array): Plane {
  const { width, height, data } = plane;
  checkPlane(plane, 'subtractBackground');
  if (background.width !== width || background.height !== height)
    throw new RangeError(
      `subtractBackground: background is ${background.width}×${background.height}, plane ${width}×${height}; estimate it on this plane`,
    );
  const target = out ?? new Float32Array(width * height);
  checkPlane({ width, height, data: target }, 'subtractBackground');
  const starts = intervalStarts(background);
  const step = 1 / background.meshWidth;
  forEachSplineRow(background, background.level, (y, p) => {
    const base = y * width;
    for (let k = 0; k + 1 < starts.length; k++) {
      const c0 = p[4 * k];
      const c1 = p[4 * k + 1];
      const c2 = p[4 * k + 2];
      const c3 = p[4 * k + 3];
      const shift = 0.5 * step - 0.5 - k;
      for (let x = starts[k], end = starts[k + 1]; x < end; x++) {
        const t = x * step + shift;
        target[base + x] = data[base + x] - (c0 + t * (c1 + t * (c2 + t * c3)));
      }
    }
  });
  return { width, height, data: target };
}
