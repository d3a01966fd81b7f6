import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { chainOutput, chainToOnnx, endsInProbability } from '@blemish/engine';
import { bundleDescription } from '../bundle-description.ts';
import type { EncoderDescription, ImportedDescription, StampDescription } from '../bundle-description.ts';
import { openBundle, sha256, writeBundle } from '../bundle.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError, errorCode } from '../errors.ts';
import type { StampPreprocessName } from '../preprocess/stamp-preprocess.ts';
import type { StampLayout } from '../stamps/layout.ts';
import { openStampBatch } from '../stamps/stamp-batch.ts';
import type { StampBundle } from '../stamps/stamp-batch.ts';
import { probabilityColumn } from '../taxonomy.ts';
import { version } from '../version.ts';
import { importCard } from './import-card.ts';
import { readKeras } from './keras.ts';
import { readOnnx } from './read-onnx.ts';
import type { ImportedNetwork, OutputKind, ReadyNetwork } from './network.ts';
import { readState } from './state-mapping.ts';

export interface ImportOptions {
  /** Weights (`.h5`, `.hdf5`, `.keras` weights, `.safetensors`) or a whole model (`.onnx`, `.h5`). */
  readonly weights: string;
  /** Folder of the bundle. */
  readonly out: string;
  /** Keras: `model.to_json()`. */
  readonly architecture?: string | undefined;
  /** Safetensors: the mapping file. */
  readonly mapping?: string | undefined;
  readonly preprocess: StampPreprocessName;
  /** Name of the model; that of the network or file where absent. */
  readonly name?: string | undefined;
  readonly modelVersion?: string | undefined;
  /** One name, or one for each output. */
  readonly classes?: readonly string[] | undefined;
  /** What the network's numbers are, where its last layer does not say it. */
  readonly output?: OutputKind | undefined;
  /** Embeddings: how many of the numbers, from the first, are means; the others are log variances. */
  readonly means?: number | undefined;
  /** ONNX: which of its outputs. */
  readonly outputName?: string | undefined;
  /** ONNX: extents the model leaves open, [C, H, W]. */
  readonly shape?: readonly [channels: number, height: number, width: number] | undefined;
  /** ONNX: order of its input's axes. */
  readonly layout?: StampLayout | undefined;
  /** Fields of alerts or columns of Parquet that are the channels, in the network's order. */
  readonly channels?: readonly string[] | undefined;
  /** Sentence about the training data for reports. */
  readonly trainedOn?: string | undefined;
  readonly force?: boolean | undefined;
}

/**
 * Makes a bundle of another program's model: for the task `stamp` where it gives probabilities or logits, `encoder` where it gives an
 * embedding. The network is run once before the bundle is written.
 * @throws SurveyError IMPORT_INVALID, INPUT_NOT_FOUND, OPTION_INVALID, OUTPUT_EXISTS, MODEL_INVALID, OUTPUT_UNWRITABLE
 */
export async function importModel(options: ImportOptions): Promise<Bundle<'stamp' | 'encoder'>> {
  checkOut(options);
  const { network, from, sources } = await readNetwork(options);
  const description = describe(network, from, sources, options);
  await tryOnce({ folder: options.out, description, network: network.network }, options.weights);
  await writeBundle(options.out, description, network.network, importCard(description));
  return openBundle(options.out, 'stamp', 'encoder');
}

/** A folder that holds something else than a bundle is never replaced. */
function checkOut({ out, force }: ImportOptions): void {
  if (!existsSync(out)) return;
  if (!existsSync(join(out, 'model.json')))
    throw new SurveyError('OPTION_INVALID', '--out is there already and holds no model; choose another', {
      path: out,
    });
  if (!force) throw new SurveyError('OUTPUT_EXISTS', 'holds a model already', { path: out });
}

type Format = 'onnx' | 'keras' | 'safetensors';
type Source = { readonly name: string; readonly sha256: string };

async function readNetwork(
  options: ImportOptions,
): Promise<{ network: ReadyNetwork; from: Format; sources: Source[] }> {
  const { weights, architecture, mapping } = options;
  const from = formatOf(weights);
  const needs = (option: string, given: unknown, wanted: Format) => {
    if (given !== undefined && from !== wanted)
      throw new SurveyError('OPTION_INVALID', `${option} belongs to ${wanted} files`, { path: weights });
  };
  needs('--architecture', architecture, 'keras');
  needs('--mapping', mapping, 'safetensors');
  needs('--shape', options.shape, 'onnx');
  needs('--layout', options.layout, 'onnx');
  needs('--output-name', options.outputName, 'onnx');
  const files = [weights, architecture, mapping].filter((path) => path !== undefined);
  const sources = await Promise.all(files.map(hashOf));
  switch (from) {
    case 'onnx':
      return { network: await readOnnx(weights, options), from, sources };
    case 'keras':
      return { network: fromChain(await readKeras(weights, architecture ?? null), weights), from, sources };
    case 'safetensors': {
      if (mapping === undefined) {
        throw new SurveyError(
          'OPTION_INVALID',
          'holds weights alone; say the architecture with --mapping FILE.toml',
          {
            path: weights,
          },
        );
      }
      const { output, means, ...imported } = await readState(weights, mapping);
      const network = fromChain(imported, mapping);
      return { network: { ...network, output: output ?? network.output, means }, from, sources };
    }
  }
}

function formatOf(path: string): Format {
  switch (extname(path).toLowerCase()) {
    case '.onnx':
      return 'onnx';
    case '.h5':
    case '.hdf5':
      return 'keras';
    case '.safetensors':
      return 'safetensors';
    case '.keras':
      throw new SurveyError(
        'IMPORT_INVALID',
        'is a Keras archive; unzip it and give its model.weights.h5 with --architecture config.json',
        { path },
      );
    case '.pt':
    case '.pth':
    case '.ckpt':
      throw new SurveyError(
        'IMPORT_INVALID',
        "is a pickle, which could run any program when read; save it in Python with safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')",
        { path },
      );
    default:
      throw new SurveyError('IMPORT_INVALID', 'ends in none of .onnx, .h5, .hdf5, .safetensors', { path });
  }
}

async function hashOf(path: string): Promise<Source> {
  try {
    return { name: basename(path), sha256: sha256(await readFile(path)) };
  } catch (cause) {
    const what = errorCode(cause) === 'ENOENT' ? 'no such file' : (cause as Error).message;
    throw new SurveyError('INPUT_NOT_FOUND', what, { path, cause });
  }
}

function fromChain({ chain, weights }: ImportedNetwork, path: string): ReadyNetwork {
  const names = { input: 'stamps', output: 'answer' };
  try {
    const output = chainOutput(chain);
    if (chain.input.length !== 3 || output.length !== 1) {
      throw new RangeError(
        `"${chain.name}" takes [${chain.input.join(', ')}] and gives [${output.join(', ')}]; stamps need [channels, height, width] and numbers: end it with a flatten or a global pool`,
      );
    }
    const [channels, height, width] = chain.input;
    return {
      name: chain.name,
      network: chainToOnnx(chain, weights, names),
      input: { channels, height, width, layout: 'channels-first' },
      names,
      width: output[0],
      output: endsInProbability(chain) ? 'probability' : undefined,
    };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('IMPORT_INVALID', cause.message, { path, cause });
  }
}

function describe(
  { name, input, names, width, output, means: known }: ReadyNetwork,
  from: Format,
  sources: readonly Source[],
  options: ImportOptions,
): ImportedDescription {
  const means = options.means ?? known;
  const kind = options.output ?? output;
  if (kind === undefined) {
    throw new SurveyError(
      'OPTION_INVALID',
      `the last layer does not say what its ${width} numbers are; add --output probability, logit or embedding`,
      { path: options.weights },
    );
  }
  if (means !== undefined && (kind !== 'embedding' || means > width)) {
    throw new SurveyError(
      'OPTION_INVALID',
      kind === 'embedding'
        ? `means is ${means} of ${width} numbers; give at most that many`
        : `means are of an embedding, and the numbers are ${kind}s; leave it out`,
      { path: options.weights },
    );
  }
  const { channels } = options;
  if (channels !== undefined && channels.length !== input.channels) {
    const what = `--channels names ${channels.length}, the network takes ${input.channels}`;
    throw new SurveyError('OPTION_INVALID', what, { path: options.weights });
  }
  const common = {
    format: 1 as const,
    name: options.name ?? name,
    version: options.modelVersion ?? '1',
    trainedOn:
      options.trainedOn ?? `Imported from ${sources[0].name}; what it was trained on is not recorded.`,
    created: new Date().toISOString(),
    input: channels === undefined ? input : { ...input, names: [...channels] },
    network: names,
    preprocess: { version: 1 as const, name: options.preprocess },
    provenance: { kind: 'import' as const, from, sources: [...sources], versions: { blemish: version } },
  };
  const description = bundleDescription.parse(
    kind === 'embedding'
      ? { ...common, task: 'encoder', dimensions: width, ...(means === undefined ? {} : { means }) }
      : { ...common, task: 'stamp', classes: classNames(width, options), output: kind },
  );
  if ((description.task !== 'stamp' && description.task !== 'encoder') || !isImported(description))
    throw new TypeError('an import is for stamps');
  return description;
}

function isImported(description: StampDescription | EncoderDescription): description is ImportedDescription {
  return description.provenance.kind === 'import';
}

function classNames(width: number, { classes, weights }: ImportOptions): readonly string[] {
  const names =
    classes ?? (width === 1 ? ['positive'] : Array.from({ length: width }, (_, k) => `class ${k}`));
  const fail = (what: string) => new SurveyError('OPTION_INVALID', what, { path: weights });
  if (names.length !== width) {
    throw fail(
      `--classes names ${names.length} classes (${names.join(', ')}), the network gives ${width} numbers`,
    );
  }
  const columns = new Set(names.map(probabilityColumn));
  if (columns.size !== names.length)
    throw fail(`--classes ${names.join(', ')} would share a column; rename them`);
  return names;
}

/** One stamp of zeros through everything: what does not run is refused before it is a bundle. */
async function tryOnce(bundle: StampBundle, path: string): Promise<void> {
  const { input } = bundle.description;
  try {
    const batch = await openStampBatch(bundle, 1);
    try {
      const count = Math.min(2, batch.capacity);
      // Zeros and ones in turn: a constant stamp would not be judged.
      const stamp = Float64Array.from(
        { length: input.channels * input.height * input.width },
        (_, k) => k % 2,
      );
      for (let i = 0; i < count; i++) batch.add(path, i, stamp.slice());
      for (const { values } of await batch.run()) checkAnswer(values, bundle.description);
    } finally {
      await batch.close();
    }
  } catch (cause) {
    const what = `the network does not run: ${(cause as Error).message}`;
    throw new SurveyError('IMPORT_INVALID', what, { path, cause });
  }
}

function checkAnswer(values: Float32Array | null, description: StampDescription | EncoderDescription): void {
  const expected = description.task === 'stamp' ? description.classes.length : description.dimensions;
  if (values?.length === expected) return;
  const found = values === null ? 'no finite number' : `${values.length} numbers`;
  throw new RangeError(`${found} for a stamp of zeros and ones where ${expected} are expected`);
}
