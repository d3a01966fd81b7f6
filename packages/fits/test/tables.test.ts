import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FitsFile, TableColumn } from '../src/index.ts';
import { openFitsFile } from '../src/node/index.ts';
import { python, runPython } from './oracle.ts';

type Column = Record<string, unknown[]>;

/** Flat list in the form of the script: integers as text, floats as numbers, logicals and bits 0 and 1. */
function flatten(column: TableColumn): unknown[] {
  const isInteger = /^\d*[PQ]?[BIJK]/.test(column.format) || column.format.startsWith('I');
  const plain = (value: unknown) =>
    typeof value !== 'string' && isInteger && !(column.values instanceof Float64Array && column.name === 'S')
      ? String(value)
      : value;
  return Array.from(column.values as ArrayLike<unknown>).flatMap((value) =>
    ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<unknown>, plain) : [plain(value)],
  );
}

describe.skipIf(python === null)('tables that astropy wrote', () => {
  let folder: string;
  let file: FitsFile;
  let theirs: Column[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blemish-fits-'));
    const path = join(folder, 'tables.fits');
    theirs = runPython<Column[]>('tables.py', [path]);
    file = await openFitsFile(path);
  });
  afterAll(async () => {
    await file.close();
    await rm(folder, { recursive: true });
  });

  it.each([1, 2])('HDU %i: every column has the same values', async (index) => {
    const table = await file.readTable(file.hdu(index));
    const wanted = theirs[index - 1];
    expect(table.columns.map(({ name }) => name)).toEqual(Object.keys(wanted));
    for (const column of table.columns)
      expect(flatten(column), column.name).toEqual(wanted[column.name].flat(9));
  });

  it('types, shapes, units and undefined values', async () => {
    const table = await file.readTable(file.hdu(1));
    const of = (name: string) => table.column(name);
    expect([of('U').values, of('V').values, of('K').values].map((v) => v.constructor.name)).toEqual([
      'Uint16Array',
      'Uint32Array',
      'BigInt64Array',
    ]);
    expect([of('L').type, of('X').type, of('C').type, of('A').type, of('PE').type]).toEqual([
      'logical',
      'bit',
      'complex',
      'string',
      'variable',
    ]);
    expect([of('E').shape, of('I').shape, of('J').shape, of('X').width]).toEqual([[2, 3], [2], [], 11]);
    expect(of('J').unit).toBe('adu');
    expect(of('N').nulls).toEqual(Uint8Array.of(0, 1, 0, 0, 1, 0, 0));
    expect(of('J').nulls).toBeNull();
  });

  it('only the columns and rows asked for', async () => {
    const table = await file.readTable(file.hdu(1), { columns: ['qj', 'D'], rows: [2, 5] });
    expect(table.rowCount).toBe(3);
    expect(table.columns.map(({ name }) => name)).toEqual(['QJ', 'D']);
    expect(flatten(table.column('D'))).toEqual(theirs[0]['D'].slice(2, 5));
    expect(flatten(table.column('QJ'))).toEqual(theirs[0]['QJ'].slice(2, 5).flat());
    await expect(file.readTable(file.hdu(1), { columns: ['flux'] })).rejects.toMatchObject({
      code: 'COLUMN_NOT_FOUND',
      hdu: 1,
    });
    await expect(file.readTable(file.hdu(1), { rows: [0, 8] })).rejects.toThrow(RangeError);
  });
});
