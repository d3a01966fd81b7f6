import { readFile } from 'node:fs/promises';
import { chainNetwork, decodeSafetensors, networkParameters } from '@blemish/engine';
import type { Chain, WeightArray, Weights } from '@blemish/engine';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { SurveyError } from '../errors.ts';
import { mappingLayer } from './mapping-layers.ts';
import { outputKinds } from './network.ts';
import type { ImportedNetwork, OutputKind } from './network.ts';

/** A mapping file: the architecture layer by layer, and which tensor of the file is which of its weights. */
export const stateMapping = z.strictObject({
  name: z.string().min(1),
  /** Extents of one sample: [channels, height, width]. */
  input: z.tuple([z.number().int().min(1), z.number().int().min(1), z.number().int().min(1)]),
  output: z.enum(outputKinds).optional(),
  /** Embeddings: how many of the numbers, from the first, are means; the others are log variances. */
  means: z.number().int().min(1).optional(),
  layers: z.array(mappingLayer).min(1),
  /** Name in the file = name of ours; `*` stands for any text, the same on both sides in order. */
  tensors: z.record(z.string(), z.string()).default({}),
  /** Tensors of the file that the network does not need; `*` stands for any text. */
  ignore: z.array(z.string()).default([]),
});

export interface StateNetwork extends ImportedNetwork {
  readonly output: OutputKind | undefined;
  readonly means: number | undefined;
}

/**
 * A network from a PyTorch state saved as safetensors, by a mapping file.
 * @throws SurveyError IMPORT_INVALID
 */
export async function readState(weightsPath: string, mappingPath: string): Promise<StateNetwork> {
  const mapping = await readMapping(mappingPath);
  const chain: Chain = { name: mapping.name, input: mapping.input, layers: mapping.layers };
  let arrays: ReadonlyMap<string, WeightArray>;
  try {
    ({ arrays } = decodeSafetensors(await readFile(weightsPath)));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('IMPORT_INVALID', cause.message, { path: weightsPath, cause });
  }
  try {
    return {
      chain,
      weights: mapTensors(chain, arrays, mapping),
      output: mapping.output,
      means: mapping.means,
    };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('IMPORT_INVALID', cause.message, { path: mappingPath, cause });
  }
}

async function readMapping(path: string): Promise<z.infer<typeof stateMapping>> {
  const text = await readFile(path, 'utf8');
  let table: unknown;
  try {
    table = parse(text);
  } catch (cause) {
    const [line] = (cause as Error).message.split('\n');
    throw new SurveyError('IMPORT_INVALID', `not TOML: ${line}`, { path, cause });
  }
  const result = stateMapping.safeParse(table);
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path: at, message }) => `${at.join('.') || 'mapping'}: ${message}`,
  );
  throw new SurveyError('IMPORT_INVALID', problems.join('; '), { path });
}

/** The network's weights under our names. A tensor that belongs nowhere is an error: it would mean another network. */
function mapTensors(
  chain: Chain,
  arrays: ReadonlyMap<string, WeightArray>,
  { tensors, ignore }: Pick<z.infer<typeof stateMapping>, 'tensors' | 'ignore'>,
): Weights {
  const expected = new Set(
    networkParameters(chainNetwork(chain, { input: 'x', output: 'y' })).map(({ name }) => name),
  );
  const weights: Record<string, WeightArray> = {};
  const left: string[] = [];
  for (const [name, array] of arrays) {
    const ours = translate(name, tensors);
    if (expected.has(ours)) {
      if (ours in weights) throw new RangeError(`two tensors become ${ours}; one of them is ${name}`);
      weights[ours] = array;
    } else if (!ignore.some((pattern) => matchName(pattern, name) !== null)) left.push(name);
  }
  if (left.length > 0) {
    const missing = [...expected].filter((name) => !(name in weights));
    const wanted = missing.length === 0 ? '' : `; without a tensor are ${some(missing)}`;
    throw new RangeError(
      `${left.length} tensors belong to no layer: ${some(left)}${wanted}. Name them under [tensors] or in ignore`,
    );
  }
  return weights;
}

function some(names: readonly string[]): string {
  const more = names.length > 8 ? ` and ${names.length - 8} more` : '';
  return `${names.slice(0, 8).join(', ')}${more}`;
}

/** The first pattern that fits decides. */
function translate(name: string, tensors: Readonly<Record<string, string>>): string {
  for (const [pattern, ours] of Object.entries(tensors)) {
    const parts = matchName(pattern, name);
    if (parts === null) continue;
    let next = 0;
    return ours.replaceAll('*', () => parts[next++] ?? '');
  }
  return name;
}

/** What the stars of a pattern stand for in a name; null where it does not fit. */
function matchName(pattern: string, name: string): string[] | null {
  const source = pattern
    .split('*')
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('(.*?)');
  return new RegExp(`^${source}$`).exec(name)?.slice(1) ?? null;
}
