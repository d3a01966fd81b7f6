import { matrix, savedNumbers, transforms } from '@blemish/learn';
import type { Rng } from '@blemish/sky';
import type { FrameStore } from './frame-store.ts';
import { shuffle } from './shuffle.ts';

/** Frames read at once. */
const blockFrames = 256;
/** Training frames that the principal components are of, drawn at random. */
const componentFrames = 5000;

/** Mean of the frames at these places. */
export async function meanFrame(store: FrameStore, places: Uint32Array): Promise<Float32Array> {
  const sums = new Float64Array(store.size);
  for (let from = 0; from < places.length; from += blockFrames) {
    const frames = await store.read(places.subarray(from, from + blockFrames));
    for (let i = 0; i < frames.length; i++) sums[i % store.size] += frames[i];
  }
  return Float32Array.from(sums, (sum) => sum / places.length);
}

export interface Components {
  readonly count: number;
  /** Frames as their principal components make them. */
  remake(frames: Float32Array, count: number): Float32Array;
}

/** Principal components of the training frames, of a random choice where they are many. Null where there are too few, or all are the same. */
export async function fitComponents(
  store: FrameStore,
  training: Uint32Array,
  latent: number,
  rng: Rng,
): Promise<Components | null> {
  const places = Uint32Array.from(shuffle([...training], rng).slice(0, componentFrames)).sort();
  const count = Math.min(latent, places.length - 1, store.size);
  if (count < 1) return null;
  const x = matrix(places.length, store.size);
  x.data.set(await store.read(places));
  if (x.data.every((value, i) => value === x.data[i % store.size])) return null;
  // It knows no classes; the contract of transforms has them.
  const y = Int32Array.from(places, (_, i) => i % 2);
  const fitted = await transforms.pca!.fit(
    { x, y, classes: 2 },
    transforms.pca!.options.parse({ components: count }),
    { seed: 0 },
  );
  const saved = fitted.save();
  const mean = savedNumbers(saved, 'mean', store.size);
  const directions = savedNumbers(saved, 'directions', count * store.size);
  return {
    count,
    remake(frames, rows) {
      const input = matrix(rows, store.size);
      input.data.set(frames);
      const scores = fitted.apply(input).data;
      const out = new Float32Array(frames.length);
      for (let row = 0; row < rows; row++)
        for (let i = 0; i < store.size; i++) {
          let value = mean[i];
          for (let k = 0; k < count; k++) value += scores[row * count + k] * directions[k * store.size + i];
          out[row * store.size + i] = value;
        }
      return out;
    },
  };
}
