import { stat } from 'node:fs/promises';
import { SurveyError } from '../errors.ts';
import { parseSelector } from '../inputs/selector.ts';
import { readFitsTable } from './read-fits.ts';
import { readHdf5Table } from './read-hdf5.ts';
import { readNpzTable } from './read-npz.ts';
import { readParquetTable } from './read-parquet.ts';
import { readTextTable } from './read-text.ts';
import { fileOrigins } from './row-origin.ts';
import type { DataTable, OpenTableOptions, TableParts } from './table.ts';

/** Endings of files that hold tables; each also followed by .gz where it is text or FITS. */
export const tableEndings = [
  '.csv',
  '.ecsv',
  '.tsv',
  '.dat',
  '.txt',
  '.parquet',
  '.h5',
  '.hdf5',
  '.npz',
  '.fits',
  '.fit',
];

/**
 * Reads a table: CSV, ECSV, TSV, fields between blanks (`.dat`, `.txt`), Parquet, HDF5, the arrays of
 * a NumPy archive, FITS. In a file of several tables one is named in
 * brackets: `file.fits[1]`, `file.h5[candidates]`.
 * @throws SurveyError INPUT_NOT_FOUND, TABLE_UNREADABLE, TABLE_EMPTY, TABLE_RAGGED, TABLE_COLUMN_DUPLICATE; FitsError
 */
export async function openTable(pathAndSelector: string, options: OpenTableOptions = {}): Promise<DataTable> {
  const { path, selector } = parseSelector(pathAndSelector);
  const kind = await stat(path).catch((cause: unknown) => {
    throw new SurveyError('INPUT_NOT_FOUND', 'no such file', { path, cause });
  });
  if (!kind.isFile()) throw new SurveyError('TABLE_UNREADABLE', 'is not a file', { path });
  const parts = await readParts(path, selector, options);
  if (parts.rows === 0) throw new SurveyError('TABLE_EMPTY', '0 rows', { path });
  return { path, originOf: fileOrigins(pathAndSelector), ...parts };
}

function readParts(
  path: string,
  selector: number | string | null,
  options: OpenTableOptions,
): Promise<TableParts> {
  const name = path.toLowerCase();
  const ending = /(\.[a-z0-9]+)(\.gz)?$/.exec(name)?.[1] ?? '';
  switch (ending) {
    case '.csv':
      return readTextTable(path, 'csv', options);
    case '.ecsv':
      return readTextTable(path, 'ecsv', options);
    case '.tsv':
      return readTextTable(path, 'tsv', options);
    case '.dat':
    case '.txt':
      return readTextTable(path, 'blanks', options);
    case '.parquet':
      return readParquetTable(path, options);
    case '.h5':
    case '.hdf5':
      return readHdf5Table(path, selector === null ? null : String(selector), options);
    case '.npz':
      return readNpzTable(path, options);
    case '.fits':
    case '.fit':
      return readFitsTable(path, selector, options);
    default:
      throw new SurveyError(
        'TABLE_UNREADABLE',
        `is no table by its name (known are ${tableEndings.join(' ')})`,
        {
          path,
        },
      );
  }
}
