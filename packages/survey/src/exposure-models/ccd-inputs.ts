import { matrix, selectRows } from '@blemish/learn';
import type { Matrix } from '@blemish/learn';
import type { ExposureInput } from '../exposure-recipe.ts';
import { viewChannels } from '../exposures/view-settings.ts';
import type { ViewSettings } from '../exposures/view-settings.ts';
import { binned } from '../stamp-models/stamp-features.ts';
import type { StampSet } from '../stamps/read-stamp-set.ts';
import { ccdOf } from './exposure-set.ts';
import type { ExposureSet } from './exposure-set.ts';
import type { ExposureCcd } from './exposure-model.ts';
import { prepareViews } from './view-encoder.ts';
import type { ViewEncoder } from './view-encoder.ts';

/** What the inputs are made of; part of `model.json`. */
export interface InputColumns {
  readonly statistics: readonly string[];
  readonly header: readonly string[];
  readonly bands: readonly string[];
  readonly bin: number;
}

/** CCDs as heads see them: made once for each input, however many heads look at it. */
export interface InputRows {
  readonly count: number;
  rows(input: ExposureInput): Promise<NamedRows>;
  /** [n, C, H, W] pixels between 0 and 1 of the CCDs at these places. */
  pixels(places: ArrayLike<number>): Float32Array;
  /** Where they are from, if from a set: what networks are trained on. */
  readonly source?: { readonly stamps: StampSet; readonly places: Int32Array };
}

export interface NamedRows {
  readonly names: readonly string[];
  readonly x: Matrix;
}

/** All that turns CCDs into columns of numbers. */
export interface InputMaker {
  readonly columns: InputColumns;
  readonly views: ViewSettings;
  readonly encoders: Readonly<Partial<Record<ExposureInput, ViewEncoder>>>;
}

/** CCDs made into columns at a time. */
const block = 128;

/** The rows of some CCDs; each input is made when it is first asked for. */
export function inputRows(maker: InputMaker, ccds: readonly ExposureCcd[]): InputRows {
  const made = new Map<ExposureInput, Promise<NamedRows>>();
  return {
    count: ccds.length,
    rows(input) {
      const before = made.get(input);
      if (before !== undefined) return before;
      const own = makeRows(maker, ccds, input);
      made.set(input, own);
      return own;
    },
    pixels: (places) =>
      prepareViews(
        Array.from(places, (place) => viewsOf(ccds[place])),
        maker.views,
        { version: 1, name: 'divide-255' },
      ),
  };
}

/** All CCDs of a set. */
export function setRows(maker: InputMaker, set: ExposureSet): InputRows {
  const places = Int32Array.from({ length: set.stamps.count }, (_, row) => row);
  const ccds = Array.from(places, (row) => ccdOf(set, row));
  return { ...inputRows(maker, ccds), source: { stamps: set.stamps, places } };
}

/** Some of the rows, from what was made of all. */
export function chooseRows(all: InputRows, places: ArrayLike<number>): InputRows {
  return {
    count: places.length,
    async rows(input) {
      const { names, x } = await all.rows(input);
      return { names, x: selectRows(x, places) };
    },
    pixels: (own) => all.pixels(Array.from(own, (place) => places[place])),
    ...(all.source && {
      source: { ...all.source, places: Int32Array.from(places, (place) => all.source!.places[place]) },
    }),
  };
}

/** Columns of several inputs beside one another; a column that two have stands once. */
export async function joinedRows(rows: InputRows, inputs: readonly ExposureInput[]): Promise<NamedRows> {
  const parts = [];
  for (const input of inputs) parts.push(await rows.rows(input));
  if (parts.length === 1) return parts[0];
  const seen = new Set<string>();
  const kept = parts.flatMap(({ names, x }) =>
    names.flatMap((name, j) => {
      if (seen.has(name)) return [];
      seen.add(name);
      return [{ name, x, j }];
    }),
  );
  const out = matrix(rows.count, kept.length);
  kept.forEach(({ x, j }, k) => {
    for (let i = 0; i < rows.count; i++) out.data[i * kept.length + k] = x.data[i * x.columns + j];
  });
  return { names: kept.map(({ name }) => name), x: out };
}

/** Name of the column that is 1 where a CCD is of this band. */
export const bandColumn = (band: string): string => `band ${band}`;

async function makeRows(
  { columns, views, encoders }: InputMaker,
  ccds: readonly ExposureCcd[],
  input: ExposureInput,
): Promise<NamedRows> {
  switch (input) {
    case 'statistics':
      return numbers(ccds, columns.statistics, []);
    case 'header':
      return numbers(ccds, columns.header, columns.bands);
    case 'pixels':
      return inBlocks(ccds, 'pixel', (some) => {
        const stamps = prepareViews(some.map(viewsOf), views, { version: 1, name: 'divide-255' });
        const extents = { channels: viewChannels(views), height: views.size, width: views.size };
        const { bin } = columns;
        const channels = Array.from({ length: extents.channels }, (_, c) => c);
        return Promise.resolve(binned(stamps, extents, { channels, bin }));
      });
    case 'encoder':
    case 'random-encoder': {
      const encoder = encoders[input];
      if (encoder === undefined) throw new RangeError(`no encoder is there for the input '${input}'`);
      return inBlocks(ccds, 'e', (some) => encoder.embed(some.map(viewsOf)));
    }
  }
}

function numbers(
  ccds: readonly ExposureCcd[],
  names: readonly string[],
  bands: readonly string[],
): NamedRows {
  const all = [...names, ...bands.map(bandColumn)];
  const x = matrix(ccds.length, all.length);
  ccds.forEach((ccd, i) => {
    const row = x.data.subarray(i * all.length, (i + 1) * all.length);
    names.forEach((name, j) => {
      const value = ccd.numbers[name] ?? NaN;
      // An infinite number in a header is no measurement.
      row[j] = Number.isFinite(value) ? value : NaN;
    });
    bands.forEach((band, j) => (row[names.length + j] = ccd.band === band ? 1 : 0));
  });
  return { names: all, x };
}

async function inBlocks(
  ccds: readonly ExposureCcd[],
  prefix: string,
  make: (some: readonly ExposureCcd[]) => Promise<Matrix>,
): Promise<NamedRows> {
  let out: Matrix | null = null;
  for (let from = 0; from < ccds.length; from += block) {
    const some = await make(ccds.slice(from, from + block));
    out ??= matrix(ccds.length, some.columns);
    out.data.set(some.data, from * some.columns);
  }
  const x = out ?? matrix(0, 0);
  return { names: Array.from({ length: x.columns }, (_, k) => `${prefix}_${k}`), x };
}

function viewsOf({ views }: ExposureCcd): Uint8Array {
  if (views === null) throw new RangeError('a CCD without views: this model looks at them');
  return views;
}
