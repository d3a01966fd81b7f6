import { recycleArray } from '@blemish/imaging';
import { planExposure, recycleCcd, Rng, simulateCcd, simulatedClasses } from '@blemish/sky';
import { ccdFeatures, measureCcd } from '../preprocess/ccd-features.ts';
import { cellSize } from '../preprocess/evidence.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';
import { artifactClass } from '../taxonomy.ts';
import { serve, workerSettings } from '@blemish/engine/workers';
import { anyBit } from './any-bit.ts';
import { truthCells } from './ccd-labels.ts';
import { makeSample } from './ccd-sample.ts';
import type { CcdSample } from './ccd-sample.ts';

/** How samples of one set are simulated. */
export interface SampleSettings {
  readonly preprocess: PreprocessSettings;
  readonly width: number;
  readonly height: number;
  /** Share of CCDs without an artifact. */
  readonly clean: number;
  /** Share of CCDs handed over without their mask. */
  readonly withoutMask: number;
  /** How many times as often as another class a class is drawn. */
  readonly classWeights?: Readonly<Record<string, number>> | undefined;
}

const settings = workerSettings<SampleSettings>();
const classes = simulatedClasses.map(artifactClass);

/** One simulated CCD, anywhere on the focal plane, as the network will see it, with its truth. */
function sample(seed: number): CcdSample {
  const rng = new Rng(seed, 7);
  const { preprocess, width, height, clean: cleanFraction, classWeights = {} } = settings;
  const plan = planExposure({ seed, ccds: 1, width, height, cleanFraction, classWeights });
  const ccd = simulateCcd(plan, 0);
  const hasMask = !rng.chance(settings.withoutMask);
  const mask = hasMask ? anyBit(ccd.mask) : null;
  const measured = measureCcd({ plane: ccd.image, mask, header: ccd.header }, preprocess);
  if (measured === null) throw new Error(`simulated CCD of seed ${seed} has no usable pixel`);
  const perCell = cellSize / preprocess.binFactor;
  const cells = truthCells(
    ccd.truthBits,
    width,
    height,
    classes,
    preprocess.canvasWidth / perCell,
    preprocess.canvasHeight / perCell,
  );
  const snr = new Float32Array(classes.length);
  for (const event of ccd.truth) {
    const k = simulatedClasses.indexOf(event.className);
    snr[k] = Math.hypot(snr[k], event.snr);
  }
  const made = makeSample(ccdFeatures(measured, preprocess), cells, snr, hasMask);
  recycleArray(measured.plane.data);
  recycleCcd(ccd);
  return made;
}

serve(sample, ({ image, evidence, cells, stars, snr }) => [
  image.buffer as ArrayBuffer,
  evidence.buffer as ArrayBuffer,
  cells.buffer as ArrayBuffer,
  stars.buffer as ArrayBuffer,
  snr.buffer as ArrayBuffer,
]);
