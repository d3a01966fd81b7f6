import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { decodeTypedSafetensors, encodeSafetensors } from '@blemish/engine';
import type { TypedArray } from '@blemish/engine';
import type { SavedParts } from '@blemish/learn';
import type { ExposureDescription } from '../bundle-description.ts';
import { openBundle, sha256 as hashOf, writeBundle } from '../bundle.ts';
import type { Bundle } from '../bundle.ts';
import { openTable, tableColumn } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';
import { writeRows } from '../learning/predictions.ts';
import type { Column } from '../tables/index.ts';
import { inputRows } from './ccd-inputs.ts';
import type { InputMaker } from './ccd-inputs.ts';
import { combine } from './combine.ts';
import { loadEvidence } from './evidence.ts';
import type { Evidence, Reference } from './evidence.ts';
import type { ExposureModel } from './exposure-model.ts';
import { loadHead } from './head.ts';
import type { Head } from './head-types.ts';
import { rollUp } from './roll-up.ts';
import { openViewEncoder } from './view-encoder.ts';
import type { EncoderParts } from './view-encoder.ts';

/** Files of the bundle beside `model.json` and `model.safetensors`. */
const files = {
  encoder: 'encoder.onnx',
  reference: 'reference.parquet',
  network: (member: number) => `network-${member + 1}.onnx`,
} as const;

/** A fitted model as its bundle holds it. */
export interface ExposureParts {
  /** All but what the other parts say. */
  readonly description: Omit<ExposureDescription, 'members' | 'evidence' | 'encoder'> & {
    readonly members: readonly Omit<ExposureDescription['members'][number], 'model'>[];
  };
  readonly heads: readonly Head[];
  readonly encoder: EncoderParts | null;
  readonly evidence: Evidence | null;
  readonly references: readonly Reference[];
}

/** Writes the bundle of a model. @returns what `model.json` holds */
export async function writeExposureBundle(
  folder: string,
  parts: ExposureParts,
  card: string,
): Promise<ExposureDescription> {
  const { heads, encoder, evidence, references } = parts;
  const arrays = new Map<string, TypedArray>();
  const placed = (prefix: string, saved: SavedParts) => {
    for (const [name, array] of Object.entries(saved.arrays)) arrays.set(`${prefix}/${name}`, array);
    return { kind: saved.kind, version: saved.version, settings: { ...saved.settings } };
  };
  const description: ExposureDescription = {
    ...parts.description,
    members: parts.description.members.map((member, m) => {
      const { saved } = heads[m];
      return { ...member, model: saved === null ? null : placed(`members/${m}`, saved) };
    }),
    encoder: encoder === null ? null : { description: encoder.description, sha256: encoder.sha256 },
    evidence:
      evidence === null
        ? null
        : {
            input: evidence.input,
            neighbors: evidence.neighbors,
            metric: evidence.metric,
            pipeline: placed('evidence', evidence.saved.pipeline),
            novelty: placed('novelty', evidence.saved.novelty),
            noveltyQuantiles: [...evidence.quantiles],
          },
  };
  const bytes = encodeSafetensors(arrays, { format: 'blemish-exposure' });
  await writeBundle(folder, description, bytes, card, async (partial) => {
    if (encoder !== null) await writeFile(join(partial, files.encoder), encoder.network);
    for (const [m, { network }] of heads.entries())
      if (network !== null) await writeFile(join(partial, files.network(m)), network);
    if (evidence !== null) await writeReferences(join(partial, files.reference), references);
  });
  return description;
}

const referenceColumns: readonly Column[] = [
  { name: 'exposure', type: 'string', description: 'labelled exposure' },
  { name: 'ccd', type: 'string', description: 'its CCD' },
  { name: 'category', type: 'string', description: 'category of the exposure', ucd: 'meta.code.class' },
];

function writeReferences(path: string, references: readonly Reference[]): Promise<void> {
  const rows = references.map(({ exposure, ccd, category }) => ({ exposure, ccd, category }));
  return writeRows(path, referenceColumns, rows, {});
}

/**
 * Opens a model of exposures by bundle folder, run, or name of a shipped model.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK
 */
export async function openExposureModel(
  pathOrName: string,
  { threads = availableParallelism() }: { readonly threads?: number | undefined } = {},
): Promise<ExposureModel> {
  const bundle = await openBundle(pathOrName, 'exposure');
  try {
    return await load(bundle, threads);
  } catch (cause) {
    if (cause instanceof SurveyError) throw cause;
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: bundle.folder, cause });
  }
}

async function load(
  { description, network, folder, sha256 }: Bundle<'exposure'>,
  threads: number,
): Promise<ExposureModel> {
  const { categories, members, evidence: about, views, columns } = description;
  const all = [...decodeTypedSafetensors(network)];
  const nested = (prefix: string, saved: Omit<SavedParts, 'arrays'>): SavedParts => ({
    ...saved,
    arrays: Object.fromEntries(
      all.flatMap(([name, array]) =>
        name.startsWith(`${prefix}/`) ? [[name.slice(prefix.length + 1), array] as const] : [],
      ),
    ),
  });
  const heads: Head[] = [];
  for (const [m, member] of members.entries()) {
    const bytes = member.model === null ? await readFile(join(folder, files.network(m))) : null;
    const model = member.model === null ? null : nested(`members/${m}`, member.model);
    heads.push(await loadHead({ ...member, model }, bytes, categories.length, threads));
  }
  const evidence =
    about === null
      ? null
      : await loadEvidence(
          { ...about, quantiles: about.noveltyQuantiles },
          { pipeline: nested('evidence', about.pipeline), novelty: nested('novelty', about.novelty) },
          await readReferences(join(folder, files.reference)),
        );
  const encoder = await readOwnEncoder(folder, description.encoder);
  const maker = await openMaker({ encoder, views, columns, threads, randomSeed: description.randomSeed }, [
    ...members.flatMap(({ inputs }) => inputs),
    ...(about === null ? [] : [about.input]),
  ]);
  const looks = new Set([
    ...members.flatMap(({ inputs }) => inputs),
    ...(about === null ? [] : [about.input]),
  ]);
  return {
    ...{ description, sha256, categories, views },
    needs: {
      views: looks.has('encoder') || looks.has('random-encoder') || looks.has('pixels'),
      statistics: looks.has('statistics'),
      header: looks.has('header'),
    },
    async judge(ccds) {
      const rows = inputRows(maker, ccds);
      const answers = [];
      for (const head of heads) answers.push(await head.predict(rows));
      const k = categories.length;
      const { data } = combine(
        answers,
        members.map(({ weight }) => weight),
      );
      const seen = evidence === null ? null : await evidence.look(rows);
      return ccds.map((_, i) => ({
        probabilities: data.slice(i * k, (i + 1) * k),
        bad: 1 - data[i * k],
        neighbours: seen?.[i].neighbours ?? [],
        novelty: seen?.[i].novelty ?? null,
        noveltyShare: seen?.[i].noveltyShare ?? null,
      }));
    },
    rollUp: (ccds) => rollUp(ccds, description),
    async close() {
      for (const head of heads) await head.close();
      await evidence?.close();
      for (const each of Object.values(maker.encoders)) await each.close();
    },
  };
}

/** Opens the encoders that some inputs need. @throws SurveyError MODEL_INVALID; RangeError where an encoder is needed and none is there */
export async function openMaker(
  {
    encoder,
    views,
    columns,
    threads,
    randomSeed,
  }: Pick<InputMaker, 'views' | 'columns'> & {
    readonly encoder: EncoderParts | null;
    readonly threads: number;
    readonly randomSeed: number;
  },
  inputs: readonly string[],
): Promise<InputMaker> {
  const encoders: Record<string, Awaited<ReturnType<typeof openViewEncoder>>> = {};
  for (const input of ['encoder', 'random-encoder']) {
    if (!inputs.includes(input)) continue;
    if (encoder === null) throw new RangeError(`the input '${input}' needs an encoder`);
    encoders[input] = await openViewEncoder(
      encoder,
      views,
      threads,
      input === 'random-encoder' ? randomSeed : null,
    );
  }
  return { columns, views, encoders };
}

async function readOwnEncoder(
  folder: string,
  saved: ExposureDescription['encoder'],
): Promise<EncoderParts | null> {
  if (saved === null) return null;
  const network = new Uint8Array(await readFile(join(folder, files.encoder)));
  const found = hashOf(network);
  if (found !== saved.sha256)
    throw new RangeError(`${files.encoder} is not the encoder that model.json names`);
  return { ...saved, network };
}

/** @throws SurveyError TABLE_… */
async function readReferences(path: string): Promise<Reference[]> {
  const names = ['exposure', 'ccd', 'category'] as const;
  const table = await openTable(path, { text: names });
  const [exposures, ccds, categories] = names.map((name) =>
    Array.from(tableColumn(table, name, name).values as ArrayLike<string | number>, String),
  );
  return exposures.map((exposure, i) => ({ exposure, ccd: ccds[i], category: categories[i] }));
}
