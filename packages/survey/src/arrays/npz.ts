import { unzipSync, zipSync } from 'fflate';
import { invalid } from './npy-header.ts';
import { decodeNpy, encodeNpy } from './npy.ts';
import type { NdArray } from './npy.ts';

/** Members larger than this are refused: they could not be held in one piece. */
const largestMember = 2 ** 31 - 1;

/** Names of the arrays of an npz file held in memory, in its order. @throws SurveyError ARRAY_INVALID */
export function npzNames(bytes: Uint8Array, path = 'archive'): string[] {
  const names: string[] = [];
  unzip(bytes, path, (name) => (names.push(name), false));
  return names;
}

/** One array of an npz file held in memory, as `np.savez` and `np.savez_compressed` write them. @throws SurveyError ARRAY_INVALID */
export function decodeNpz(bytes: Uint8Array, name: string, path = 'archive'): NdArray {
  const file = unzip(bytes, path, (member) => member === name).get(name);
  if (file === undefined) {
    throw invalid(path, `holds no array '${name}'; there are ${npzNames(bytes, path).join(', ')}`);
  }
  return decodeNpy(file, `${path}[${name}]`);
}

/** An npz file with its arrays compressed. */
export function encodeNpz(arrays: Readonly<Record<string, NdArray>>): Uint8Array {
  const members = Object.entries(arrays).map(([name, array]) => [`${name}.npy`, encodeNpy(array)] as const);
  return zipSync(Object.fromEntries(members));
}

/** Members that `wanted` picks by array name (their file name without `.npy`). */
function unzip(bytes: Uint8Array, path: string, wanted: (name: string) => boolean): Map<string, Uint8Array> {
  const arrayName = (file: string) => file.replace(/\.npy$/, '');
  try {
    const files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (!name.endsWith('.npy') || !wanted(arrayName(name))) return false;
        if (originalSize > largestMember) throw new RangeError(`${name} is larger than 2 GiB unpacked`);
        return true;
      },
    });
    return new Map(Object.entries(files).map(([name, file]) => [arrayName(name), file]));
  } catch (cause) {
    throw invalid(path, `is not a readable npz file (${(cause as Error).message})`, cause);
  }
}
