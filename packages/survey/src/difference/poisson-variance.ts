import type { Plane } from '@blemish/imaging';

/**
 * Variance per pixel: that of the sky, and with a gain (electrons a unit) the Poisson noise of what lies above it. The signal is the mean of 3 × 3 px: a pixel's own
 * value would give its fluctuations down more weight than those up.
 * @param image background-subtracted; NaN gives NaN. @param rms of the sky at each pixel, overwritten and kept as the result
 */
export function poissonVariance(image: Plane, rms: Float32Array, gain: number | null): Plane {
  const { width, height, data } = image;
  for (let i = 0; i < rms.length; i++) rms[i] = data[i] === data[i] ? rms[i] * rms[i] : NaN;
  if (gain !== null)
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        let [sum, n] = [0, 0];
        for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
          for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
            const value = data[v * width + u];
            if (value !== value) continue;
            sum += value;
            n++;
          }
        if (sum > 0) rms[at] += sum / n / gain;
      }
  return { width, height, data: rms };
}
