import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { matrix } from '@blemish/learn';
import { decodeNpy, encodeNpy } from '../arrays/index.ts';
import { sha256 } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { ExposureInput, ExposureRecipe } from '../exposure-recipe.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { setRows } from './ccd-inputs.ts';
import type { InputColumns, InputMaker, InputRows, NamedRows } from './ccd-inputs.ts';
import { openMaker } from './exposure-bundle.ts';
import type { ExposureSet } from './exposure-set.ts';
import { readEncoder } from './view-encoder.ts';
import type { EncoderParts } from './view-encoder.ts';

/** All CCDs of a set as the heads of a recipe look at them. */
export interface SetInputs {
  readonly maker: InputMaker;
  readonly rows: InputRows;
  /** Null where nothing looks at embeddings. */
  readonly encoder: EncoderParts | null;
  close(): Promise<void>;
}

export interface SetInputsOptions {
  readonly threads: number;
  /** Of the recipe, for messages. */
  readonly path: string;
  /** Folder that keeps embeddings: made once for a set and an encoder. */
  readonly cache: string;
  /** Columns of a model or another set instead of the recipe's and this set's. */
  readonly columns?: InputColumns | undefined;
}

/** Seed with which the weights of `random-encoder` are drawn, whatever the recipe's: it is one network. */
export const randomSeed = 1;

/** Inputs that a recipe's heads and evidence look at. */
export function usedInputs({ members, evidence }: ExposureRecipe): readonly ExposureInput[] {
  return [...new Set([...members.flatMap(({ inputs }) => inputs), evidence.input ?? members[0].inputs[0]])];
}

/**
 * Opens a set for a recipe; columns are made when they are first looked at.
 * @throws SurveyError RECIPE_INVALID where an encoder is needed and none is named, TABLE_COLUMN_MISSING, STAMP_SHAPE, MODEL_…
 */
export async function openSetInputs(
  set: ExposureSet,
  recipe: ExposureRecipe,
  { threads, path, cache, columns = columnsOf(set, recipe) }: SetInputsOptions,
): Promise<SetInputs> {
  const used = usedInputs(recipe);
  const needs = used.includes('encoder') || used.includes('random-encoder');
  if (needs && recipe.inputs.encoder === undefined) {
    throw new SurveyError(
      'RECIPE_INVALID',
      'inputs.encoder: name the run or bundle of an encoder, here or with --encoder',
      { path },
    );
  }
  requireColumns(set, columns, used);
  const encoder = needs ? await readEncoder(recipe.inputs.encoder!, set.views) : null;
  const maker = await openMaker({ encoder, views: set.views, columns, threads, randomSeed }, used);
  const rows = setRows(maker, set);
  return {
    maker,
    rows: encoder === null ? rows : cached(rows, cache, set, encoder),
    encoder,
    async close() {
      for (const each of Object.values(maker.encoders)) await each.close();
    },
  };
}

function columnsOf({ bands }: ExposureSet, { inputs }: ExposureRecipe): InputColumns {
  return {
    statistics: inputs.statistics,
    header: inputs.header,
    bands: [...new Set(bands)].filter((band) => band !== '').sort(),
    bin: inputs.bin,
  };
}

/** @throws SurveyError TABLE_COLUMN_MISSING */
function requireColumns(
  { stamps }: ExposureSet,
  columns: InputColumns,
  used: readonly ExposureInput[],
): void {
  const there = stamps.table.columns.flatMap(({ kind, name }) => (kind === 'number' ? [name] : []));
  for (const input of ['statistics', 'header'] as const) {
    const absent = used.includes(input) ? columns[input].find((name) => !there.includes(name)) : undefined;
    if (absent === undefined) continue;
    throw new SurveyError(
      'TABLE_COLUMN_MISSING',
      `has no numbers '${absent}', which inputs.${input} names; there are ${there.join(', ')}`,
      { path: stamps.table.path },
    );
  }
}

/** Embeddings are read from the folder where they were made before. */
function cached(rows: InputRows, folder: string, set: ExposureSet, encoder: EncoderParts): InputRows {
  const made = new Map<ExposureInput, Promise<NamedRows>>();
  return {
    ...rows,
    rows(input) {
      if (input !== 'encoder' && input !== 'random-encoder') return rows.rows(input);
      const before = made.get(input) ?? fromFile(rows, input, folder, set, encoder);
      made.set(input, before);
      return before;
    },
  };
}

async function fromFile(
  rows: InputRows,
  input: ExposureInput,
  folder: string,
  set: ExposureSet,
  encoder: EncoderParts,
): Promise<NamedRows> {
  // Labels make no other embeddings, but they do make another set, and one of the two may be asked for again.
  const key = sha256(`${encoder.sha256} ${set.sha256} ${JSON.stringify(set.views)}`).slice(0, 12);
  const path = join(folder, `${input === 'encoder' ? 'embeddings' : 'random-embeddings'}-${key}.npy`);
  const { dimensions } = encoder.description;
  const names = Array.from({ length: dimensions }, (_, k) => `e_${k}`);
  if (existsSync(path)) {
    const { shape, data } = decodeNpy(new Uint8Array(await readFile(path)), path);
    if (shape.join() === [rows.count, dimensions].join() && data instanceof Float32Array)
      return { names, x: matrix(rows.count, dimensions, data) };
  }
  const found = await rows.rows(input);
  await mkdir(folder, { recursive: true });
  await writeWhole(
    path,
    encodeNpy({ shape: [rows.count, dimensions], data: Float32Array.from(found.x.data) }),
  );
  return { names, x: found.x };
}
