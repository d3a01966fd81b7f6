import { readFile } from 'node:fs/promises';
import { decodeNpz, npzNames, toFloat64 } from '../arrays/index.ts';
import { openNpyFile } from '../arrays/npy-file.ts';
import type { NpyFile } from '../arrays/npy-file.ts';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { ownSize } from './fit.ts';
import { fitted } from './fitted-source.ts';
import { arrangeStamps, toChannelsFirst } from './layout.ts';
import type { StampArrangement } from './layout.ts';
import type { StampReadOptions, StampSource } from './types.ts';

/** A stack in an npy file: only the stamps asked for are read, so that it may be larger than memory. */
export async function openNpyStamps(
  path: string,
  input: StampInput,
  options: StampReadOptions,
): Promise<StampSource> {
  const file = await openNpyFile(path);
  try {
    const own = ownSize(file.shape, input, options.layout, options.fit);
    const stack = arrangeStamps(file.shape, own, { path }, options.layout);
    return fitted(new NpyStamps(file, stack, own), own, input, options.fit);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class NpyStamps implements StampSource {
  readonly path: string;
  readonly count: number;
  readonly #file: NpyFile;
  readonly #stack: StampArrangement;
  readonly #input: StampInput;

  constructor(file: NpyFile, stack: StampArrangement, input: StampInput) {
    this.path = file.path;
    this.count = stack.count;
    this.#file = file;
    this.#stack = stack;
    this.#input = input;
  }

  async read(from: number, to: number): Promise<Float64Array> {
    const values = this.#file.fortranOrder
      ? await this.#gather(from, to)
      : await this.#elements(from * this.#sample, to * this.#sample);
    return toChannelsFirst(values, this.#stack.layout, this.#input);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  get #sample(): number {
    return this.#input.channels * this.#input.height * this.#input.width;
  }

  async #elements(from: number, to: number): Promise<Float64Array> {
    return toFloat64(await this.#file.elements(from, to));
  }

  /**
   * In Fortran order the first axis runs fastest: each pixel of all stamps lies together, and the pixels of one stamp far apart. The axes
   * after the stack's are in reverse order.
   */
  async #gather(from: number, to: number): Promise<Float64Array> {
    const { shape } = this.#file;
    const axes = this.#stack.stacked ? shape.slice(1) : shape;
    const out = new Float64Array((to - from) * this.#sample);
    const strides = axes.map((_, axis) =>
      axes.slice(axis + 1).reduce((product, extent) => product * extent, 1),
    );
    for (let pixel = 0; pixel < this.#sample; pixel++) {
      let rest = pixel;
      let at = 0;
      for (const [axis, extent] of axes.entries()) {
        at += (rest % extent) * strides[axis];
        rest = Math.floor(rest / extent);
      }
      const values = await this.#elements(pixel * this.count + from, pixel * this.count + to);
      for (let i = 0; i < values.length; i++) out[i * this.#sample + at] = values[i];
    }
    return out;
  }
}

/** One array of an npz file, which is unpacked in memory. */
export async function openNpzStamps(
  path: string,
  names: readonly string[],
  input: StampInput,
  options: StampReadOptions,
): Promise<StampSource> {
  const bytes = await readFile(path);
  const known = names.length > 0 ? names : npzNames(bytes, path);
  if (known.length !== 1) {
    throw new SurveyError(
      'ARRAY_INVALID',
      known.length === 0
        ? 'holds no array'
        : `holds ${known.length} arrays (${known.join(', ')}); name the stamps: ${path}[${known[0]}]`,
      { path },
    );
  }
  const place = `${path}[${known[0]}]`;
  const array = decodeNpz(bytes, known[0], path);
  const own = ownSize(array.shape, input, options.layout, options.fit);
  const { count, layout } = arrangeStamps(array.shape, own, { path: place }, options.layout);
  const sample = own.channels * own.height * own.width;
  const source: StampSource = {
    path: place,
    count,
    read: (from, to) =>
      Promise.resolve(
        toChannelsFirst(toFloat64(array.data.subarray(from * sample, to * sample)), layout, own),
      ),
    close: () => Promise.resolve(),
  };
  return fitted(source, own, input, options.fit);
}
