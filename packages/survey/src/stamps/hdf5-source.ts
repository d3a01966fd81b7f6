import { stat } from 'node:fs/promises';
import type h5wasmTypes from 'h5wasm/node';
import { toFloat64 } from '../arrays/index.ts';
import type { NumericArray } from '../arrays/index.ts';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { ownSize } from './fit.ts';
import { fitted } from './fitted-source.ts';
import { arrangeStamps, toChannelsFirst } from './layout.ts';
import type { StampReadOptions, StampSource } from './types.ts';

type H5wasm = typeof h5wasmTypes;
type File = InstanceType<H5wasm['File']>;
type Dataset = InstanceType<H5wasm['Dataset']>;

/** Names that the stamps have where none is asked for. */
const stampNames = ['images', 'stamps', 'cutouts', 'x'];

/**
 * A stack in an HDF5 file: the dataset named, else `images` (or `stamps`, `cutouts`, `X`), else the only one of at least two axes. Only the
 * stamps asked for are read.
 * @throws SurveyError ARRAY_INVALID, STAMP_SHAPE; system errors
 */
export async function openHdf5Stamps(
  path: string,
  names: readonly string[],
  input: StampInput,
  options: StampReadOptions,
): Promise<StampSource> {
  // Loaded only where needed: it is 2 MB of WebAssembly.
  const { default: h5wasm } = await import('h5wasm/node');
  (await h5wasm.ready).activate_throwing_error_handler();
  await stat(path);
  let file: File | null = null;
  try {
    file = new h5wasm.File(path, 'r');
    return openDataset(file, findStack(file, names, path, h5wasm), path, input, options);
  } catch (error) {
    file?.close();
    throw asArrayError(error, path);
  }
}

function openDataset(
  file: File,
  dataset: Dataset,
  path: string,
  input: StampInput,
  options: StampReadOptions,
): StampSource {
  const place = `${path}[${dataset.path.replace(/^\//, '')}]`;
  const shape = dataset.shape ?? [];
  const own = ownSize(shape, input, options.layout, options.fit);
  const { count, layout, stacked } = arrangeStamps(shape, own, { path: place }, options.layout);
  const inner = (stacked ? shape.slice(1) : shape).map((extent): [number, number] => [0, extent]);
  const source: StampSource = {
    path: place,
    count,
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws is a rejection
    async read(from, to) {
      try {
        const values = dataset.slice(stacked ? [[from, to], ...inner] : inner) as NumericArray;
        return toChannelsFirst(toFloat64(values), layout, own);
      } catch (error) {
        throw asArrayError(error, place);
      }
    },
    close: () => {
      file.close();
      return Promise.resolve();
    },
  };
  return fitted(source, own, input, options.fit);
}

function findStack(file: File, names: readonly string[], path: string, h5wasm: H5wasm): Dataset {
  const found = new Map<string, Dataset>();
  for (const name of file.keys()) {
    const node = file.get(name);
    if (node instanceof h5wasm.Dataset && (node.shape?.length ?? 0) >= 2) found.set(name, node);
  }
  const list = [...found.keys()].join(', ');
  if (names.length === 1) {
    const node = file.get(names[0]);
    if (node instanceof h5wasm.Dataset) return node;
    throw new SurveyError('ARRAY_INVALID', `holds no array '${names[0]}'; there are: ${list}`, { path });
  }
  for (const [name, node] of found) if (stampNames.includes(name.toLowerCase())) return node;
  if (found.size === 1) return [...found.values()][0];
  throw new SurveyError(
    'ARRAY_INVALID',
    found.size === 0
      ? 'holds no array of two or more axes'
      : `holds several arrays (${list}); name the stamps: ${path}[${[...found.keys()][0]}]`,
    { path },
  );
}

function asArrayError(error: unknown, path: string): unknown {
  if (error instanceof SurveyError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SurveyError('ARRAY_INVALID', `cannot be read as HDF5 (${message})`, { path, cause: error });
}
