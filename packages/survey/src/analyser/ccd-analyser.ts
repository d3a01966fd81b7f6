import type { LoadedModel } from '@blemish/engine';
import type { ThresholdChoice } from '@blemish/evaluate';
import { recycleArray, takeArray } from '@blemish/imaging';
import type { CcdDescription } from '../bundle-description.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { CellMap } from '../masks/frame.ts';
import { growMask } from '../masks/grow.ts';
import { measureCcd } from '../preprocess/ccd-features.ts';
import type { CcdMeasurement } from '../preprocess/ccd-features.ts';
import { artifactClass } from '../taxonomy.ts';
import type { ArtifactClass } from '../taxonomy.ts';
import { cellSize } from '../preprocess/evidence.ts';
import { preview } from './preview.ts';
import { probabilities } from './probabilities.ts';
import { runNetwork } from './run-network.ts';
import type { Action, CcdAnalyser, CcdAnalysis, CcdInput, Finding } from './types.ts';

/** A flagged CCD whose masks cover more than this share is not worth masking. */
const rejectShare = 0.5;

/** Read → preprocess → network → calibrate → decide → mask, for one CCD at a time: the path of scan, evaluation and server alike. */
export class NetworkAnalyser implements CcdAnalyser {
  readonly info: CcdAnalyser['info'];
  readonly #bundle: Bundle<'ccd'>;
  readonly #model: LoadedModel;
  readonly #classes: readonly ArtifactClass[];

  constructor(bundle: Bundle<'ccd'>, model: LoadedModel, threshold: ThresholdChoice) {
    const { name, version, trainedOn, classes } = bundle.description;
    this.info = { name, version, sha256: bundle.sha256, classes, trainedOn, threshold };
    this.#bundle = bundle;
    this.#model = model;
    this.#classes = classes.map(artifactClass);
  }

  async analyse(input: CcdInput): Promise<CcdAnalysis> {
    const { preprocess, decision } = this.#bundle.description;
    const { width, height } = input.plane;
    const measured = measureCcd(input, preprocess);
    if (measured === null)
      return unjudged(
        input,
        'no sky to measure: too few usable pixels (half of each mesh at least), or no noise',
      );
    if (Math.min(width, height) < preprocess.minimumSide) {
      const side = preprocess.minimumSide;
      return {
        ...unjudged(input, `too small: ${width}×${height} px, the model needs ${side} px a side`),
        maskedFraction: measured.maskedFraction,
        quality: measured.quality,
      };
    }
    const output = await runNetwork(this.#model, measured, preprocess, cellSize, this.#classes.length);
    const defined = this.#classes.map((klass) => !klass.needsMask || input.mask !== null);
    const p = probabilities(output.logits, this.#bundle.description, defined);
    if (!Number.isFinite(p.any)) {
      throw new SurveyError('ANALYSIS_FAILED', 'the network gave no number for this image');
    }
    const threshold = this.info.threshold.threshold;
    const flagged = p.any >= threshold;
    const found = flagged ? foundClasses(p.classes, decision.classThresholds, defined) : [];
    const mask = found.length > 0 ? takeArray(Int32Array, width * height).fill(0) : null;
    const findings = found.map((k) =>
      this.#finding(k, p.classes[k], measured, output.map(k), decision, mask!),
    );
    const picture = flagged ? preview(measured, mask) : null;
    recycleArray(measured.plane.data);
    return {
      probability: p.any,
      reason: null,
      flagged,
      action: action(flagged, findings, mask),
      maskedFraction: measured.maskedFraction,
      classes: Object.fromEntries(this.#classes.map((c, k) => [c.name, defined[k] ? p.classes[k] : null])),
      findings,
      mask,
      quality: measured.quality,
      preview: picture,
    };
  }

  async close(): Promise<void> {
    await this.#model.close();
  }

  /** Grows one class's mask into `mask` and describes it. */
  #finding(
    k: number,
    probability: number,
    ccd: CcdMeasurement,
    cells: CellMap,
    decision: CcdDescription['decision'],
    mask: Int32Array,
  ): Finding {
    const klass = this.#classes[k];
    const frame = { plane: ccd.plane, mask: ccd.mask, rms: ccd.rms };
    const pixels = growMask(klass, frame, cells, decision.cellThresholds[k]);
    const bit = 1 << klass.maskBit;
    const { width } = ccd.plane;
    let area = 0;
    let sumX = 0;
    let sumY = 0;
    const add = (at: number): void => {
      if (pixels[at] === 0) return;
      mask[at] |= bit;
      area++;
      sumX += at % width;
      sumY += Math.floor(at / width);
    };
    // Most of a mask is empty: four pixels are looked at together.
    const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length >> 2);
    for (let word = 0; word < words.length; word++) {
      if (words[word] !== 0) for (let at = 4 * word; at < 4 * word + 4; at++) add(at);
    }
    for (let at = 4 * words.length; at < pixels.length; at++) add(at);
    recycleArray(pixels);
    const [x, y] = area > 0 ? [sumX / area, sumY / area] : brightestCell(cells, ccd.plane);
    const threshold = decision.classThresholds[k];
    return { className: klass.name, probability, threshold, flagged: probability >= threshold, x, y, area };
  }
}

/** Classes above their thresholds; where none is, the one closest to its own: a flagged CCD always says why. */
function foundClasses(
  p: readonly number[],
  thresholds: readonly number[],
  defined: readonly boolean[],
): number[] {
  const candidates = p.map((_, k) => k).filter((k) => defined[k]);
  const found = candidates.filter((k) => p[k] >= thresholds[k]);
  if (found.length > 0) return found.sort((a, b) => p[b] - p[a]);
  return candidates.sort((a, b) => p[b] / thresholds[b] - p[a] / thresholds[a]).slice(0, 1);
}

function brightestCell(
  { values, columns, size }: CellMap,
  { width, height }: CcdInput['plane'],
): [number, number] {
  let best = 0;
  for (let at = 1; at < values.length; at++) if (values[at] > values[best]) best = at;
  const x = ((best % columns) + 0.5) * size;
  const y = (Math.floor(best / columns) + 0.5) * size;
  return [Math.min(x, width - 1), Math.min(y, height - 1)];
}

/**
 * What to do with a CCD: use it with the mask where the artifacts are local and leave enough of it; look at it where the whole CCD is
 * affected or nothing could be outlined; give it up where the masks leave less than half.
 */
function action(flagged: boolean, findings: readonly Finding[], mask: Int32Array | null): Action {
  if (!flagged) return 'ok';
  const whole = findings.filter(({ className }) => artifactClass(className).extent === 'ccd');
  if (whole.some(({ probability }) => probability >= 0.5)) return 'reject';
  if (whole.length > 0 || findings.some(({ area }) => area === 0)) return 'review';
  if (mask === null) return 'review';
  // Not the sum of the findings' areas: their masks overlap.
  let masked = 0;
  for (let at = 0; at < mask.length; at++) if (mask[at] !== 0) masked++;
  return masked > rejectShare * mask.length ? 'reject' : 'mask';
}

function unusableShare({ data }: CcdInput['plane'], mask: CcdInput['mask']): number {
  let count = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] - data[i] !== 0 || (mask !== null && mask[i] !== 0)) count++;
  }
  return count / data.length;
}

function unjudged({ plane, mask }: CcdInput, reason: string): CcdAnalysis {
  return {
    probability: null,
    reason,
    flagged: false,
    action: 'review',
    maskedFraction: unusableShare(plane, mask),
    classes: {},
    findings: [],
    mask: null,
    quality: {
      fwhm: null,
      ellipticity: null,
      sky: null,
      rms: null,
      nStars: null,
      transparency: null,
      zeroPoint: null,
      depthFactor: null,
    },
    preview: null,
  };
}
