import { existsSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeElements, npyHeaderLength, npyPreamble, parseNpyHeader } from '../arrays/index.ts';
import type { NpyHeader, NumericArray } from '../arrays/index.ts';
import { openTable } from '../datasets/index.ts';
import type { DataTable } from '../datasets/index.ts';
import { readAt } from '../arrays/read-at.ts';
import { SurveyError } from '../errors.ts';

/** Stamps [N, H, W, C] of a folder or an array, some at a time, and the table beside them. */
export interface StampSet {
  /** The array. */
  readonly path: string;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** 8-bit pictures? */
  readonly bytes: boolean;
  /** One row a stamp; null where there is none. */
  readonly table: DataTable | null;
  /** Stamps `from` to `to` − 1; new memory each time. */
  read(from: number, to: number): Promise<NumericArray>;
  close(): Promise<void>;
}

/**
 * Opens a stamp set: a folder with `stamps.npy` and, where there is one, `stamps.csv`, or an array alone. All columns of the table are read as text.
 * @throws SurveyError INPUT_NOT_FOUND, ARRAY_INVALID, STAMP_SHAPE, TABLE_RAGGED where the table has another number of rows, and what tables throw
 */
export async function openStampSet(path: string): Promise<StampSet> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const array = isFolder ? join(path, 'stamps.npy') : path;
  if (!existsSync(array))
    throw new SurveyError('INPUT_NOT_FOUND', isFolder ? 'the folder has no stamps.npy' : 'no such file', {
      path: array,
    });
  const file = await open(array, 'r');
  try {
    const start = await readAt(file, 0, npyPreamble);
    const header = parseNpyHeader(await readAt(file, 0, npyHeaderLength(start, array)), array);
    await checkArray(file, header, array);
    const [count, height, width, channels] = header.shape;
    const table =
      isFolder && existsSync(join(path, 'stamps.csv')) ? await readTable(join(path, 'stamps.csv')) : null;
    if (table !== null && table.rows !== count)
      throw new SurveyError('TABLE_RAGGED', `has ${table.rows} rows for ${count} stamps`, {
        path: table.path,
      });
    const rowBytes = height * width * channels * header.type.size;
    return {
      ...{ path: array, count, height, width, channels, table },
      bytes: header.type.kind === 'u' && header.type.size === 1,
      read: async (from, to) =>
        decodeElements(
          await readAt(file, header.dataOffset + from * rowBytes, (to - from) * rowBytes),
          header.type,
        ),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function checkArray(file: FileHandle, header: NpyHeader, path: string): Promise<void> {
  const { shape, type, dataOffset, fortranOrder } = header;
  if (shape.length !== 4)
    throw new SurveyError(
      'STAMP_SHAPE',
      `holds an array [${shape.join(', ')}]; [N, height, width, bands] is needed`,
      {
        path,
      },
    );
  if (fortranOrder)
    throw new SurveyError('ARRAY_INVALID', 'is in Fortran order: save it with numpy.ascontiguousarray', {
      path,
    });
  const { size } = await file.stat();
  const length = shape.reduce((product, extent) => product * extent, type.size);
  if (size - dataOffset < length)
    throw new SurveyError('ARRAY_INVALID', `ends after ${size - dataOffset} of ${length} bytes of data`, {
      path,
    });
}

/** All of a table as text, so that cells can be handed on as they stand. */
async function readTable(path: string): Promise<DataTable> {
  const { columns } = await openTable(path);
  return openTable(path, { text: columns.map(({ name }) => name) });
}
