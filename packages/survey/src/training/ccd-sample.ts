import type { CcdFeatures } from '../preprocess/ccd-features.ts';
import { channels, evidenceKinds, scalars } from '../preprocess/settings.ts';
import type { PreprocessSettings } from '../preprocess/settings.ts';
import { cellSize } from '../preprocess/evidence.ts';
import type { RecordFormat } from './record-format.ts';

/**
 * One CCD as training keeps it: a fixed number of bytes, so that a set of thousands is one flat file read at random.
 * The image is stored in steps of 1/32 between −2 and 6 (noise of a bin is about 9 steps), everything else exactly.
 */
export interface CcdSample {
  /** [channel, height, width], quantised: value = byte / 32 − 2. */
  readonly image: Uint8Array;
  /** [evidence kind, height / 2, width / 2], quantised alike. */
  readonly evidence: Uint8Array;
  readonly stars: Float32Array;
  readonly scalars: Float32Array;
  /** Bit k of a cell: class k of the set is there. */
  readonly cells: Uint32Array;
  /** Signal-to-noise of each class on this CCD; 0 = absent. */
  readonly snr: Float32Array;
  /** 1 where the image came with the pipeline's mask. */
  readonly hasMask: boolean;
}

const step = 32;
const offset = 2;

export function quantise(values: Float32Array): Uint8Array {
  const bytes = new Uint8ClampedArray(values.length);
  for (let i = 0; i < values.length; i++) bytes[i] = (values[i] + offset) * step;
  return new Uint8Array(bytes.buffer);
}

/** Value of every byte: `dequantised[byte]`. */
export const dequantised: Float32Array = Float32Array.from(
  { length: 256 },
  (_, byte) => byte / step - offset,
);

export function makeSample(
  features: CcdFeatures,
  cells: Uint32Array,
  snr: Float32Array,
  hasMask: boolean,
): CcdSample {
  const { image, evidence, stars, scalars: numbers } = features;
  return {
    image: quantise(image),
    evidence: quantise(evidence),
    stars,
    scalars: numbers,
    cells,
    snr,
    hasMask,
  };
}

/** Byte layout of a sample for a canvas and a number of classes. */
export interface SampleLayout {
  readonly image: number;
  readonly evidence: number;
  readonly stars: number;
  readonly scalars: number;
  readonly cells: number;
  readonly snr: number;
  readonly bytes: number;
}

export function sampleLayout(settings: PreprocessSettings, classes: number): SampleLayout {
  const image = channels.length * settings.canvasWidth * settings.canvasHeight;
  const stars = settings.starSize ** 2 * 4;
  const numbers = scalars.length * 4;
  const perCell = cellSize / settings.binFactor;
  const area = (settings.canvasWidth / perCell) * (settings.canvasHeight / perCell);
  const evidence = evidenceKinds.length * area;
  const cells = area * 4;
  const snr = classes * 4;
  const bytes = image + evidence + stars + numbers + cells + snr + 4;
  return { image, evidence, stars, scalars: numbers, cells, snr, bytes };
}

function packSample(sample: CcdSample, layout: SampleLayout): Uint8Array {
  const out = new Uint8Array(layout.bytes);
  let at = 0;
  for (const part of [
    sample.image,
    sample.evidence,
    sample.stars,
    sample.scalars,
    sample.cells,
    sample.snr,
  ]) {
    out.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  if (at !== layout.bytes - 4) {
    throw new RangeError(
      `a sample of ${at} bytes does not fit records of ${layout.bytes - 4}: other settings or classes?`,
    );
  }
  out[at] = sample.hasMask ? 1 : 0;
  return out;
}

/** @param bytes one record, copied into a buffer of its own (the views need its alignment). */
function unpackSample(bytes: Uint8Array, layout: SampleLayout): CcdSample {
  let at = bytes.byteOffset;
  const take = (length: number) => {
    at += length;
    return at - length;
  };
  const { buffer } = bytes;
  return {
    image: new Uint8Array(buffer, take(layout.image), layout.image),
    evidence: new Uint8Array(buffer, take(layout.evidence), layout.evidence),
    stars: new Float32Array(buffer, take(layout.stars), layout.stars / 4),
    scalars: new Float32Array(buffer, take(layout.scalars), layout.scalars / 4),
    cells: new Uint32Array(buffer, take(layout.cells), layout.cells / 4),
    snr: new Float32Array(buffer, take(layout.snr), layout.snr / 4),
    hasMask: new Uint8Array(buffer, take(4), 4)[0] === 1,
  };
}

/** Samples as a sample store keeps them. */
export function sampleRecords(settings: PreprocessSettings, classes: number): RecordFormat<CcdSample> {
  const layout = sampleLayout(settings, classes);
  return {
    bytes: layout.bytes,
    pack: (sample) => packSample(sample, layout),
    unpack: (record) => unpackSample(record, layout),
  };
}
