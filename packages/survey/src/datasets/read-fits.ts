import type { TableColumn } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import { SurveyError } from '../errors.ts';
import { ColumnBuilder } from './column.ts';
import type { RawValue } from './column.ts';
import { checkNames } from './table.ts';
import type { OpenTableOptions, TableParts } from './table.ts';

/**
 * Reads a binary or ASCII table of a FITS file: the HDU selected, else the only one that is a table.
 * @throws SurveyError TABLE_UNREADABLE, TABLE_COLUMN_DUPLICATE; FitsError
 */
export async function readFitsTable(
  path: string,
  selector: number | string | null,
  options: OpenTableOptions,
): Promise<TableParts> {
  const asText = new Set(options.text);
  const file = await openFitsFile(path);
  try {
    const tables = file.hdus.filter(({ kind }) => kind === 'table' || kind === 'ascii-table');
    if (selector === null && tables.length !== 1) {
      const list = tables.map(({ index, name }) => `[${name === '' ? index : name}]`).join(' ');
      throw new SurveyError(
        'TABLE_UNREADABLE',
        tables.length === 0 ? 'holds no table' : `holds ${tables.length} tables: name one as ${path}${list}`,
        { path },
      );
    }
    const table = await file.readTable(selector === null ? tables[0] : file.hdu(selector));
    checkNames(
      table.columns.map(({ name }) => name),
      path,
    );
    const plain = table.columns.filter((column) => unusableBecause(column) === null);
    return {
      rows: table.rowCount,
      columns: plain.map((column) => {
        const builder = new ColumnBuilder(column.name, asText.has(column.name));
        for (let row = 0; row < table.rowCount; row++) {
          const isNull = column.nulls !== null && column.nulls[row] !== 0;
          builder.add(isNull ? null : (column.values[row] as RawValue));
        }
        return builder.finish();
      }),
      unusable: table.columns.flatMap((column) => {
        const reason = unusableBecause(column);
        return reason === null ? [] : [{ name: column.name, reason }];
      }),
    };
  } finally {
    await file.close();
  }
}

function unusableBecause({ type, width }: TableColumn): string | null {
  if (type === 'variable') return 'holds arrays of several lengths, not one value a row';
  if (type === 'complex') return 'holds complex numbers';
  return width === 1 ? null : `holds ${width} values a row, not one`;
}
