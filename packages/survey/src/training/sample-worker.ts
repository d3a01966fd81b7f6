import { recycleArray } from '@blemish/imaging';
import { planExposure, recycleCcd, Rng, simulateCcd, simulatedClasses } from '@blemish/sky';
import { ccdFeatures, measureCcd } from '../preprocess/ccd-features.ts';
import { cellSize } from '../preprocess/evidence.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';
import { artifactClass } from '../taxonomy.ts';
import { serve, workerSettings } from '@blemish/engine/workers';
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
}

const settings = workerSettings<SampleSettings>();
const classes = simulatedClasses.map(artifactClass);

/** One simulated CCD, anywhere on the focal plane, as the network will see it, with its truth. */
function sample(seed: number): CcdSample {
  const rng = new Rng(seed, 7);
  const { preprocess, width, height } = settings;
  const plan = planExposure({ seed, ccds: 1, width, height, cleanFraction: settings.clean });
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

let bytes = new Uint8Array(0);

/** 1 where any bit is set, in an array that the next call overwrites. Pixels are looked at in pairs, most of which have none. */
function anyBit(bits: Uint16Array): Uint8Array {
  if (bytes.length !== bits.length) bytes = new Uint8Array(bits.length);
  const pairs = new Uint32Array(bits.buffer, bits.byteOffset, bits.length >> 1);
  const out = new Uint16Array(bytes.buffer, 0, pairs.length);
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i];
    out[i] = pair === 0 ? 0 : ((pair & 0xffff) === 0 ? 0 : 1) | (pair >>> 16 === 0 ? 0 : 0x100);
  }
  if (bits.length % 2 === 1) bytes[bits.length - 1] = bits[bits.length - 1] === 0 ? 0 : 1;
  return bytes;
}

serve(sample, ({ image, evidence, cells, stars, snr }) => [
  image.buffer as ArrayBuffer,
  evidence.buffer as ArrayBuffer,
  cells.buffer as ArrayBuffer,
  stars.buffer as ArrayBuffer,
  snr.buffer as ArrayBuffer,
]);
