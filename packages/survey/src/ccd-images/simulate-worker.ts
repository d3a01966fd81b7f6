import { serve, workerSettings } from '@blemish/engine/workers';
import { planExposure, recycleCcd, simulateCcd } from '@blemish/sky';
import type { SimulatedCcd } from '@blemish/sky';
import { binCcd } from '../preprocess/binned-ccd.ts';
import { anyBit } from '../training/any-bit.ts';
import type { CcdImageSample } from './sample.ts';

/** How the CCDs of a set are simulated. */
export interface ImageSimulation {
  readonly seed: number;
  /** CCDs in the set: what two tries for the same one are apart. */
  readonly length: number;
  readonly tries: number;
  /** Classes that count. */
  readonly classes: readonly string[];
  readonly minimumSnr: number;
  readonly width: number;
  readonly height: number;
  readonly mesh: number;
}

/** Of plans, as in the CCD model's training set: how often a CCD has several artifacts hangs on it. */
const cleanFraction = 0.25;

const settings = workerSettings<ImageSimulation>();

/** CCD i of the set, from the first of its seeds that will do: without any artifact where i is even, else with one that counts. */
function sample(i: number): CcdImageSample {
  const isClean = i % 2 === 0;
  for (let t = 0; t < settings.tries; t++) {
    const seed = settings.seed + i + t * settings.length;
    const made = isClean ? clean(seed) : bad(seed);
    if (made !== null) return made;
  }
  const wanted = isClean
    ? 'a CCD with a usable pixel'
    : `an artifact above signal-to-noise ${settings.minimumSnr}; lower data.minimum_snr`;
  throw new Error(`none of ${settings.tries} seeds of CCD ${i} shows ${wanted}`);
}

function clean(seed: number): CcdImageSample | null {
  const { width, height } = settings;
  return measured(seed, simulateCcd(planExposure({ seed, ccds: 1, width, height, artifacts: 'none' }), 0));
}

function bad(seed: number): CcdImageSample | null {
  const { width, height, classes, minimumSnr } = settings;
  const plan = planExposure({ seed, ccds: 1, width, height, cleanFraction });
  const isDrawn = plan.events.some(
    ({ className, handledBit }) => handledBit === undefined && classes.includes(className),
  );
  if (!isDrawn) return null;
  const made = measured(seed, simulateCcd(plan, 0));
  return made?.snr.some((snr) => snr >= minimumSnr) ? made : null;
}

/** What is kept of a CCD, whose arrays are handed back; null where its mask leaves nothing. */
function measured(seed: number, ccd: SimulatedCcd): CcdImageSample | null {
  const binned = binCcd(ccd.image, anyBit(ccd.mask), settings.mesh);
  const snr = new Float32Array(settings.classes.length);
  for (const event of ccd.truth) {
    const k = settings.classes.indexOf(event.className);
    if (k >= 0) snr[k] = Math.hypot(snr[k], event.snr);
  }
  recycleCcd(ccd);
  return binned === null ? null : { ...binned, seed, snr };
}

serve(sample, ({ mean, counts, snr }) => [mean.buffer, counts.buffer, snr.buffer] as ArrayBuffer[]);
