import { matrix, nearestNeighbors } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import { preprocessStamp } from '../preprocess/stamp-preprocess.ts';
import { readBlocks } from '../stamps/run-stamps.ts';
import type { StampBundle } from '../stamps/stamp-batch.ts';
import { stampSetColumn } from '../stamps/open-stamp-set.ts';
import { findStampSet } from '../stamps/stamp-set.ts';
import { openExplainedNetwork } from './network.ts';
import type { ExplainedNetwork } from './network.ts';
import { feedsOf, sampleSize, stampsTogether } from './stamp-explainer.ts';

/** One labelled stamp that resembles another. */
export interface LabelledNeighbour {
  /** Place in the set, from 0. */
  readonly index: number;
  readonly label: string;
  /** Between the embeddings. */
  readonly distance: number;
  /** [C, H, W]. */
  readonly pixels: Float32Array;
}

/** A model of stamps by whose embedding labelled stamps are compared. */
export class StampEmbedder {
  readonly #network: ExplainedNetwork;
  readonly #bundle: StampBundle;

  constructor(network: ExplainedNetwork, bundle: StampBundle) {
    this.#network = network;
    this.#bundle = bundle;
  }

  /** Embeddings of stamps, at most {@link stampsTogether}; null for one without a value or with an answer that is not finite. Stamps are used up. */
  async embed(stamps: readonly Float64Array[]): Promise<(Float64Array | null)[]> {
    if (stamps.length === 0) return [];
    const { description } = this.#bundle;
    const sample = sampleSize(description);
    const prepared = new Float32Array(stamps.length * sample);
    const present = stamps.map((stamp, n) =>
      preprocessStamp(
        description.preprocess,
        stamp,
        description.input,
        prepared.subarray(n * sample, (n + 1) * sample),
      ),
    );
    const feeds = feedsOf(description, prepared, stamps.length);
    const { embedding } = await this.#network.forward(feeds, stamps.length);
    const width = embedding.length / stamps.length;
    return present.map((has, n) => {
      const own = Float64Array.from(embedding.subarray(n * width, (n + 1) * width));
      return has && own.every(Number.isFinite) ? own : null;
    });
  }

  close(): Promise<void> {
    return this.#network.close();
  }
}

/** Opens a bundle for comparison: by the input of its last dense layer, of an encoder by its answer. @throws SurveyError MODEL_INVALID */
export async function openStampEmbedder(bundle: StampBundle, threads?: number): Promise<StampEmbedder> {
  const { description, folder: path, network: bytes } = bundle;
  const { input, output } = description.network;
  const probe = feedsOf(description, new Float32Array(sampleSize(description)), 1);
  const network = { path, bytes, input, output };
  return new StampEmbedder(await openExplainedNetwork(network, probe, { threads, gradients: false }), bundle);
}

/** Labelled stamps with their embeddings. */
export class LabelledStamps {
  readonly path: string;
  readonly labels: readonly string[];
  readonly #places: readonly number[];
  readonly #pixels: readonly Float32Array[];
  readonly #embeddings: Matrix;

  constructor(
    path: string,
    labels: readonly string[],
    rows: readonly { index: number; pixels: Float32Array; embedding: Float64Array }[],
  ) {
    this.path = path;
    this.labels = labels;
    this.#places = rows.map(({ index }) => index);
    this.#pixels = rows.map(({ pixels }) => pixels);
    const columns = rows[0].embedding.length;
    const data = new Float64Array(rows.length * columns);
    rows.forEach(({ embedding }, n) => data.set(embedding, n * columns));
    this.#embeddings = matrix(rows.length, columns, data);
  }

  /**
   * The `k` stamps of the set nearest to an embedding, from near to far.
   * @param without a place of the set that is left out: the stamp itself
   */
  async nearest(embedding: Float64Array, k: number, without: number | null): Promise<LabelledNeighbour[]> {
    const wanted = Math.min(k + (without === null ? 0 : 1), this.#embeddings.rows);
    const query = matrix(1, embedding.length, embedding);
    const { indices, distances } = await nearestNeighbors(this.#embeddings, query, wanted, { threads: 1 });
    return Array.from(indices, (row, rank) => ({
      index: this.#places[row],
      label: this.labels[this.#places[row]],
      distance: distances[rank],
      pixels: this.#pixels[row],
    }))
      .filter(({ index }) => index !== without)
      .slice(0, k);
  }
}

/**
 * Reads a set of labelled stamps and embeds it.
 * @param label column of the set's table
 * @throws SurveyError STAMP_SET_INVALID, TABLE_…, STAMP_SHAPE, ARRAY_INVALID
 */
export async function readLabelledStamps(
  folder: string,
  label: string,
  bundle: StampBundle,
  embedder: StampEmbedder,
): Promise<LabelledStamps> {
  const files = findStampSet(folder);
  if (files === null) throw new SurveyError('STAMP_SET_INVALID', 'holds no stamps.npy', { path: folder });
  const input = { path: files.stamps, selectors: null, outputName: 'stamps' };
  const rows: { index: number; pixels: Float32Array; embedding: Float64Array }[] = [];
  let count = 0;
  let failure: SurveyError | null = null;
  const fail = (what: { readonly error: string }) =>
    (failure = new SurveyError('STAMP_SET_INVALID', what.error, { path: folder }));
  for await (const block of readBlocks(input, bundle, stampsTogether, {}, fail)) {
    const stamps = Array.from({ length: block.count }, (_, i) => block.stamp(i).values!);
    const pixels = stamps.map((stamp) => Float32Array.from(stamp));
    (await embedder.embed(stamps)).forEach((embedding, i) => {
      if (embedding !== null) rows.push({ index: block.from + i, pixels: pixels[i], embedding });
    });
    count += block.count;
  }
  if (failure !== null) throw failure as SurveyError;
  if (rows.length === 0)
    throw new SurveyError('STAMP_SET_INVALID', 'none of its stamps has a value', { path: folder });
  return new LabelledStamps(folder, await stampSetColumn(files, label, 'label', count), rows);
}
