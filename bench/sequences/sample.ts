import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@blemish/engine';
import { framesOf, lengthBatches, sequences } from '@blemish/learn';
import type { Sequences } from '@blemish/learn';
import { decodeNpy } from '@blemish/survey/arrays';
import { numbers } from '../engine/random-numbers.ts';

/** Where the real data lie when no folder is named. */
export const defaultData =
  process.env['BLEMISH_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Rows of a batch, and batches of the sample. */
const size = 32;
const batches = 12;

/** What both sides read: rows of a batch one after the other, batch after batch. */
export interface Sample {
  readonly rows: Sequences;
  readonly batchSize: number;
  readonly batches: number;
}

interface Described {
  readonly features: number;
  readonly batchSize: number;
  readonly batches: number;
  /** [batches · batchSize] frames of each row. */
  readonly lengths: readonly number[];
}

/**
 * Writes batches of one pass over the objects of `data`/ztf-sequences, as the learners make them: of all batches sorted by length, the
 * middle one of each of twelve equal parts, so that their mean stands for the pass. `sample.json` says their lengths, `frames.f32` holds
 * the frames. Where there are no such data, lengths are drawn from the quantiles of theirs, and frames are random numbers.
 */
export async function writeSample(
  folder: string,
  data: string,
): Promise<{ readonly batches: number; readonly description: string }> {
  const embeddings = join(data, 'ztf-sequences', 'embeddings');
  const real = existsSync(embeddings);
  const all = real ? await readEmbeddings(embeddings) : simulatedSequences();
  const whole = lengthBatches(
    all,
    all.lengths.map((_, row) => row),
    size,
    randomStream(1, 'bench'),
  )
    .filter((rows) => rows.length === size)
    .sort((a, b) => all.lengths[a[size - 1]] - all.lengths[b[size - 1]]);
  const rows = Array.from({ length: batches }, (_, k) => [
    ...whole[Math.floor(((k + 0.5) / batches) * whole.length)],
  ]).flat();
  const described: Described = {
    features: all.features,
    batchSize: size,
    batches,
    lengths: rows.map((row) => all.lengths[row]),
  };
  await writeFile(join(folder, 'sample.json'), JSON.stringify(described));
  await writeFile(join(folder, 'frames.f32'), rows.map((row) => framesOf(all, row)).map(bytes));
  const longest = Math.max(...described.lengths);
  const description = `${batches} of ${whole.length} batches of ${size}, up to ${longest} frames of ${all.features} numbers, ${real ? 'ztf-sequences' : 'simulated lengths'}`;
  return { batches, description };
}

export async function readSample(folder: string): Promise<Sample> {
  const text = await readFile(join(folder, 'sample.json'), 'utf8');
  const { features, lengths, ...counts } = JSON.parse(text) as Described;
  const { buffer } = new Uint8Array(await readFile(join(folder, 'frames.f32')));
  return { ...counts, rows: sequences(features, lengths, new Float32Array(buffer)) };
}

async function readEmbeddings(folder: string): Promise<Sequences> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.npy')).sort();
  const arrays = [];
  for (const name of names) arrays.push(decodeNpy(await readFile(join(folder, name)), name));
  const [{ shape }] = arrays;
  const frames = new Float32Array(arrays.reduce((sum, array) => sum + array.data.length, 0));
  let at = 0;
  for (const { data } of arrays) {
    frames.set(data as Float32Array, at);
    at += data.length;
  }
  return sequences(
    shape[1],
    arrays.map((array) => array.shape[0]),
    frames,
  );
}

/** Quantiles of the frames of an object in ztf-sequences (1,784 objects, mean 456). */
const quantiles: readonly (readonly [share: number, frames: number])[] = [
  [0, 5],
  [0.05, 123],
  [0.25, 278],
  [0.5, 428],
  [0.75, 624],
  [0.95, 845],
  [1, 1090],
];

function simulatedSequences(): Sequences {
  const [objects, features] = [1784, 36];
  const lengths = Array.from({ length: objects }, (_, i) => {
    const share = (i + 0.5) / objects;
    const above = quantiles.findIndex(([upTo]) => share <= upTo);
    const [[fromShare, from], [toShare, to]] = [quantiles[above - 1], quantiles[above]];
    return Math.round(from + ((share - fromShare) / (toShare - fromShare)) * (to - from));
  });
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return sequences(features, lengths, numbers(total * features, 1));
}

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
