import { open } from 'node:fs/promises';
import { SurveyError } from '../errors.ts';
import { npyHeaderLength, npyPreamble, parseNpyHeader } from './npy-header.ts';
import type { NpyHeader } from './npy-header.ts';
import { decodeElements } from './npy.ts';
import type { NumericArray } from './npy.ts';
import { readAt } from './read-at.ts';

/** An npy file of which parts are read, so that it may be larger than memory. */
export interface NpyFile extends Pick<NpyHeader, 'type' | 'shape' | 'fortranOrder'> {
  readonly path: string;
  /** Elements `from` to `to` − 1 in the order of the file; new memory each time. */
  elements(from: number, to: number): Promise<NumericArray>;
  close(): Promise<void>;
}

/** @throws SurveyError ARRAY_INVALID for a file that is no npy or ends too early; system errors */
export async function openNpyFile(path: string): Promise<NpyFile> {
  const file = await open(path, 'r');
  try {
    const start = await readAt(file, 0, npyPreamble);
    const { type, shape, fortranOrder, dataOffset } = parseNpyHeader(
      await readAt(file, 0, npyHeaderLength(start, path)),
      path,
    );
    const length = shape.reduce((product, extent) => product * extent, type.size);
    const { size } = await file.stat();
    if (size - dataOffset < length) {
      throw new SurveyError('ARRAY_INVALID', `ends after ${size - dataOffset} of ${length} bytes of data`, {
        path,
      });
    }
    return {
      ...{ path, type, shape, fortranOrder },
      elements: async (from, to) =>
        decodeElements(await readAt(file, dataOffset + from * type.size, (to - from) * type.size), type),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
