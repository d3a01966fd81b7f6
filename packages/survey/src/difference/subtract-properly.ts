import { properDifference } from '@blemish/imaging';
import type { Plane } from '@blemish/imaging';
import type { GriddedReference } from './bring-onto-grid.ts';
import type { KernelStar } from './kernel-stars.ts';
import type { Side } from './read-side.ts';
import { fwhmOf, psfAbout, psfRadius } from './tile-psf.ts';
import type { PsfTile } from './tile-psf.ts';
import { tilesOf, widened, window } from './tiles.ts';

/**
 * Proper subtraction tile by tile, each with the PSFs of the stars about it and the noise of its middle pixel, in units of the science image. The variance is that of the transform's white
 * noise, times what each pixel's own variance is of the tile's. Null without stars.
 */
export function subtractProperly(
  science: Side,
  gridded: GriddedReference,
  stars: readonly KernelStar[],
  { fluxRatio, noValue }: { readonly fluxRatio: number; readonly noValue: (at: number) => boolean },
): { readonly image: Plane; readonly variance: Plane; readonly tiles: readonly PsfTile[] } | null {
  const { width, height } = science.image;
  const image = new Float32Array(width * height).fill(NaN);
  const variance = new Float32Array(width * height).fill(NaN);
  const tiles: PsfTile[] = [];
  for (const tile of tilesOf(width, height)) {
    const sciencePsf = psfAbout(tile, science.image, stars);
    const referencePsf = psfAbout(tile, gridded.image, stars);
    if (sciencePsf === null || referencePsf === null) return null;
    const wide = widened(tile, 2 * psfRadius, width, height);
    const [ours, theirs] = [window(science.image, wide), window(gridded.image, wide)];
    const [v1, v2] = [window(science.variance, wide), window(gridded.variance, wide)];
    const [sigma1, sigma2] = [Math.sqrt(middleOf(v1.data)), Math.sqrt(middleOf(v2.data))];
    // a tile that the reference does not reach stays without values
    if (!(sigma1 > 0) || !(sigma2 > 0)) {
      tiles.push({ tile, psf: sciencePsf, fwhm: fwhmOf(sciencePsf) });
      continue;
    }
    const proper = properDifference(
      { image: ours, psf: sciencePsf, sigma: sigma1, fluxScale: 1 },
      { image: theirs, psf: referencePsf, sigma: sigma2, fluxScale: 1 / fluxRatio },
    );
    const white = sigma1 ** 2 + (fluxRatio * sigma2) ** 2;
    for (let y = tile.top; y < tile.top + tile.height; y++)
      for (let x = tile.left; x < tile.left + tile.width; x++) {
        const at = y * width + x;
        const from = (y - wide.top) * wide.width + x - wide.left;
        if (noValue(at)) continue;
        image[at] = proper.image.data[from] / proper.fluxScale;
        const own = v1.data[from] + fluxRatio ** 2 * v2.data[from];
        variance[at] = Math.max(1, own / white) / proper.fluxScale ** 2;
        if (image[at] !== image[at]) variance[at] = NaN;
      }
    const psf = middleStamp(proper.psf, psfRadius);
    tiles.push({ tile, psf, fwhm: fwhmOf(psf) });
  }
  const plane = (data: Float32Array): Plane => ({ width, height, data });
  return { image: plane(image), variance: plane(variance), tiles };
}

/** Median of a sample of the values that are known. */
function middleOf(values: Float32Array): number {
  const step = Math.max(1, Math.floor(values.length / 20_000));
  const sample: number[] = [];
  for (let i = 0; i < values.length; i += step) if (values[i] === values[i]) sample.push(values[i]);
  return sample.sort((a, b) => a - b)[sample.length >> 1] ?? NaN;
}

function middleStamp({ width, height, data }: Plane, radius: number): Plane {
  const side = 2 * radius + 1;
  const out = new Float32Array(side * side);
  for (let v = 0; v < side; v++)
    for (let u = 0; u < side; u++)
      out[v * side + u] = data[((height >> 1) + v - radius) * width + (width >> 1) + u - radius] ?? 0;
  return { width: side, height: side, data: out };
}
