import { stat } from 'node:fs/promises';
import type h5wasmTypes from 'h5wasm/node';
import { SurveyError } from '../errors.ts';

/** An HDF5 file or group, as far as importing needs it. */
export interface Hdf5Group {
  readonly path: string;
  /** Names of what is in it. */
  keys(): string[];
  get(name: string): Hdf5Group | Hdf5Array | null;
  /** A text attribute, null where there is none. */
  text(name: string): string | null;
}

/** A dataset of real numbers, as float32. */
export interface Hdf5Array {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export function isHdf5Array(entry: Hdf5Group | Hdf5Array | null): entry is Hdf5Array {
  return entry !== null && 'shape' in entry;
}

/**
 * Opens an HDF5 file for `body` and closes it again.
 * @throws SurveyError IMPORT_INVALID where it is not HDF5 or damaged
 */
export async function withHdf5<T>(path: string, body: (root: Hdf5Group) => T): Promise<T> {
  // Loaded only where needed: it is 2 MB of WebAssembly.
  const { default: h5wasm } = await import('h5wasm/node');
  // Else the library prints its own account of every failure.
  (await h5wasm.ready).activate_throwing_error_handler();
  await stat(path);
  let file: InstanceType<typeof h5wasm.File> | null = null;
  try {
    file = new h5wasm.File(path, 'r');
    return body(wrapGroup(file, h5wasm));
  } catch (cause) {
    if (cause instanceof SurveyError || cause instanceof RangeError) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new SurveyError('IMPORT_INVALID', `cannot be read as HDF5 (${message})`, { path, cause });
  } finally {
    file?.close();
  }
}

type H5wasm = typeof h5wasmTypes;
type Node = ReturnType<InstanceType<H5wasm['Group']>['get']>;

function wrapGroup(group: InstanceType<H5wasm['Group']>, h5wasm: H5wasm): Hdf5Group {
  return {
    path: group.path,
    keys: () => group.keys(),
    get: (name) => wrap(group.get(name), h5wasm),
    text(name) {
      if (!(name in group.attrs)) return null;
      const { value } = group.attrs[name];
      return typeof value === 'string' ? value : null;
    },
  };
}

function wrap(node: Node, h5wasm: H5wasm): Hdf5Group | Hdf5Array | null {
  if (node instanceof h5wasm.Group) return wrapGroup(node, h5wasm);
  if (!(node instanceof h5wasm.Dataset)) return null;
  const { shape, value } = node;
  const single = typeof value === 'number' ? [value] : value;
  const numeric = Array.isArray(single) || ArrayBuffer.isView(single);
  if (shape === null || !numeric) throw new RangeError(`dataset ${node.path} does not hold numbers`);
  return { shape, data: Float32Array.from(single as ArrayLike<number | bigint>, Number) };
}
