import { viewerStretch } from '@blemish/imaging';
import { cutoutPixelArcsec, cutoutSurveys, meanBrightness, planCutout, renderCutout } from '@blemish/sky';
import type { CutoutOptions, CutoutPlan } from '@blemish/sky';
import type { StampRows } from '@blemish/survey';

/** Some cut-outs that follow one another. */
export interface CutoutTask {
  readonly options: Omit<CutoutOptions, 'seed'>;
  /** Are they pictures, or fluxes? */
  readonly viewer: boolean;
  /** Index and seed of the first. */
  readonly first: number;
  readonly seed: number;
  readonly count: number;
}

/** Makes the cut-outs of a task, and their lines of `stamps.csv`. */
export function makeCutouts({ options, viewer, first, seed, count }: CutoutTask): StampRows {
  const pixelScaleArcsec = cutoutPixelArcsec(options.survey);
  const lines: string[] = [];
  const area = planCutout({ ...options, seed }).size ** 2;
  const pixels = viewer ? new Uint8Array(count * area * 3) : new Float32Array(count * area * 3);
  const truth = new Uint8Array(count * area);
  for (let k = 0; k < count; k++) {
    const plan = planCutout({ ...options, seed: seed + k });
    const cutout = renderCutout(plan);
    pixels.set(viewer ? viewerStretch(cutout.flux, { pixelScaleArcsec }) : cutout.flux, k * area * 3);
    truth.set(cutout.truth, k * area);
    lines.push(lineOf(first + k, plan, pixelScaleArcsec));
  }
  return { pixels, truth, lines };
}

/** A line of `stamps.csv`; what makes no sense for an object is empty. */
function lineOf(index: number, plan: CutoutPlan, pixelScaleArcsec: number): string {
  const { label, place, survey, truth, sky, seed } = plan;
  const { magnitudes, radiusArcsec, ellipticity, sersicIndex } = truth;
  const number = (value: number | null | undefined, digits: number) => value?.toFixed(digits) ?? '';
  const brightness =
    magnitudes === null || radiusArcsec === null ? null : meanBrightness(magnitudes[0], radiusArcsec);
  return [
    ...[index, label, place.block, survey, place.ra.toFixed(6), place.dec.toFixed(6), truth.kind],
    ...[number(radiusArcsec, 3), number(brightness, 3)],
    ...[0, 1, 2].map((b) => number(magnitudes?.[b], 3)),
    ...[number(ellipticity, 3), number(sersicIndex, 2), pixelScaleArcsec.toFixed(3)],
    ...[(cutoutSurveys[survey].fwhmArcsec[1] * sky.seeing).toFixed(3), seed],
  ].join(',');
}
