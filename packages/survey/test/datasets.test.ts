import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataRoot, findPython } from '@blemish/testkit';
import { parseCell } from '../src/datasets/column.ts';
import { numberColumn, openTable, tableColumn } from '../src/datasets/index.ts';
import type { DataTable } from '../src/datasets/index.ts';
import { ParquetTable } from '../src/tables/index.ts';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/datasets/${name}`, import.meta.url));
const python = findPython('astropy.table', 'numpy');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blemish-datasets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const values = (table: DataTable, name: string) => {
  const column = tableColumn(table, name, 'test');
  return column.kind === 'number' ? Array.from(column.values) : column.values;
};

describe('a cell', () => {
  it.each([
    ['1.5', 1.5],
    [' -2e3 ', -2000],
    ['.5', 0.5],
    ['', NaN],
    ['NaN', NaN],
    ['None', NaN],
    ['True', 1],
    ['-inf', -Infinity],
    ['12px', null],
    ['1,5', null],
    ['real', null],
  ])('%j is %s', (text, value) => expect(parseCell(text)).toBe(value));
});

describe('CSV', () => {
  it('keeps numbers, gaps, text, digits of identifiers, quoted commas and line breaks', async () => {
    const csv =
      '\ufeffoid,flux,kind,note\r\n576460752303423489,1.5,real,"a, b"\r\n2,,,"x\ny"\r\n3,nan,bogus,\r\n';
    const table = await openTable(await file('a.csv', csv), { text: ['oid'] });
    expect(table.rows).toBe(3);
    expect(values(table, 'oid')).toEqual(['576460752303423489', '2', '3']);
    expect(values(table, 'flux')).toEqual([1.5, NaN, NaN]);
    expect(values(table, 'kind')).toEqual(['real', '', 'bogus']);
    expect(values(table, 'note')).toEqual(['a, b', 'x\ny', '']);
    const packed = await openTable(await file('a.csv.gz', gzipSync(csv)), { text: ['oid'] });
    expect(packed.columns).toEqual(table.columns);
  });

  it('names file, row, column and value of text among numbers, and says what to do', async () => {
    const table = await openTable(await file('t.csv', 'x,y\n1,2\n3,oops\n4,?\n'));
    expect(() => numberColumn(table, 'y', 'feature')).toThrow(
      /t\.csv: row 2, column 'y': 'oops' is not a number, and in 1 more rows; correct the cell, leave it empty/,
    );
    expect(numberColumn(table, 'x', 'feature').values).toEqual(Float64Array.of(1, 3, 4));
  });

  it.each([
    [
      'ragged.csv',
      'a,b\n1,2\n\n3\n',
      /row 2 \(line 4\) has 1 field where there are 2 columns; write missing values as/,
    ],
    ['twice.csv', 'a,b,a\n1,2,3\n', /columns 1 and 3 are both named 'a'; rename or remove one/],
    ['header.csv', 'a,b\n', /header\.csv: 0 rows; check the program that wrote it/],
    ['empty.csv', '', /0 rows/],
    ['quote.csv', 'a,b\n"1,2\n', /row 1 \(line \d\): Quote Not Closed/],
    [
      'inside.csv',
      'a,b\n1,2\n3,5 "oops"\n4,4\n',
      /inside\.csv: row 2 \(line 3\): .*; put quotes around the whole/,
    ],
    ['header-quote.csv', 'a,b"c"\n1,2\n', /the header \(line 1\): /],
    ['after.tsv', 'a\tb\n1\t"2"x\n', /row 1 \(line 2\): .*double those within/],
    ['table.xlsx', 'PK', /is no table by its name \(known are \.csv/],
    ['no.parquet', 'PAR1 but not really', /cannot be read as Parquet/],
    ['no.h5', 'text', /cannot be read as HDF5/],
    ['bad.csv.gz', 'not gzip', /incorrect header check/],
  ])('%s is refused', async (name, text, message) => {
    await expect(openTable(await file(name, text))).rejects.toThrow(message);
  });

  it('a file or a column that is not there is named, with names that are near', async () => {
    await expect(openTable(join(folder, 'none.csv'))).rejects.toThrow(/none\.csv: no such file/);
    const table = await openTable(await file('n.csv', 'OBJECT_TYPE,FLUX,SNR\n1,2,3\n'));
    expect(() => tableColumn(table, 'OBJECT_TYP', 'label')).toThrow(
      /no column 'OBJECT_TYP' for the label \(did you mean 'OBJECT_TYPE'\?\); correct the name in the recipe/,
    );
    expect(() => tableColumn(table, 'zzz', 'label')).toThrow(/\(there are: OBJECT_TYPE, FLUX, SNR\)/);
  });
});

describe('ECSV as astropy writes it', () => {
  it.each(['space.ecsv', 'comma.ecsv'])(
    '%s: the delimiter is the header’s, cells may be quoted',
    async (name) => {
      const table = await openTable(fixture(name), { text: ['id'] });
      expect(table.columns.map((column) => column.name)).toEqual(['id', 'mean flux', 'flag', 'note']);
      expect(values(table, 'id')).toEqual([1, 2, 3].map((k) => `${2n ** 60n + BigInt(k)}`));
      expect(values(table, 'mean flux')).toEqual([1.5, NaN, -3e300]);
      expect(values(table, 'flag')).toEqual([1, 0, 1]);
      expect(values(table, 'note')).toEqual(['two words', 'a "quoted", word', '']);
    },
  );
});

describe('fields between blanks', () => {
  it('take their names from the caller', async () => {
    const path = await file('t.dat', '# comment\n  1  2.5   a\n\n 10 -3 b \n');
    const table = await openTable(path, { names: ['n', 'x', 'kind'] });
    expect([values(table, 'n'), values(table, 'x'), values(table, 'kind')]).toEqual([
      [1, 10],
      [2.5, -3],
      ['a', 'b'],
    ]);
    await expect(openTable(path, { names: ['n', 'x'] })).rejects.toThrow(/row 1 \(line 2\) has 3 fields/);
  });
});

describe('Parquet', () => {
  it('of several row groups, as this project writes it', async () => {
    const path = join(folder, 'p.parquet');
    const table = new ParquetTable(
      path,
      [
        { name: 'name', type: 'string', description: '' },
        { name: 'x', type: 'double', description: '' },
        { name: 'flag', type: 'boolean', description: '' },
      ],
      {},
    );
    const n = 45_000;
    for (let i = 0; i < n; i++)
      await table.write({ name: `r${i}`, x: i % 7 === 0 ? null : i / 2, flag: i % 2 === 0 });
    await table.close();
    const read = await openTable(path);
    expect(read.rows).toBe(n);
    expect(values(read, 'x')).toEqual(Array.from({ length: n }, (_, i) => (i % 7 === 0 ? NaN : i / 2)));
    expect(values(read, 'flag').slice(0, 3)).toEqual([1, 0, 1]);
    expect(values(read, 'name')[n - 1]).toBe(`r${n - 1}`);
  });
});

describe('HDF5 as h5py writes it', () => {
  it.each([
    ['the datasets of the only group', 'group.h5', 'stamp', /has 2 dimensions/],
    ['a compound dataset', 'compound.h5[one]', 'pair', /holds several values a row/],
  ])('%s', async (_, name, other, reason) => {
    const table = await openTable(fixture(name), { text: ['id'] });
    expect(table.rows).toBe(3);
    expect(values(table, 'id')).toEqual([
      '1152921504606846977',
      '1152921504606846978',
      '1152921504606846979',
    ]);
    expect(values(table, 'flux')).toEqual([1.5, NaN, -3e300]);
    expect(values(table, 'flag')).toEqual([1, 0, 1]);
    expect(values(table, 'name')).toEqual(['a', '', 'ccc']);
    expect(() => tableColumn(table, other, 'feature')).toThrow(reason);
  });

  it('big-endian numbers: whole datasets are read, members of rows refused rather than misread', async () => {
    expect(values(await openTable(fixture('group.h5')), 'big')).toEqual([1, -2, 3]);
    const rows = await openTable(fixture('compound.h5[one]'));
    expect(() => tableColumn(rows, 'big', 'feature')).toThrow(/'big' is big-endian within rows/);
  });

  it('asks which of several tables is meant', async () => {
    await expect(openTable(fixture('compound.h5'))).rejects.toThrow(
      /several tables: name one as .*\[one\] \[two\]/,
    );
    await expect(openTable(fixture('compound.h5[three]'))).rejects.toThrow(
      /holds no 'three'; there are: one, two/,
    );
  });
});

describe.skipIf(python === null)('FITS as astropy writes it', () => {
  it('numbers, integers with nulls, logicals, text; the HDU by name', async () => {
    const path = join(folder, 'a.fits');
    const script = `
import sys, numpy as np
from astropy.io import fits
one = fits.BinTableHDU.from_columns([
    fits.Column('ID', 'K', array=[2**60 + 1, 5, 6]),
    fits.Column('FLUX', 'D', array=[1.5, np.nan, 3]),
    fits.Column('N', 'J', null=-99, array=[1, -99, 3]),
    fits.Column('FLAG', 'L', array=[True, False, True]),
    fits.Column('KIND', '5A', array=['real', '', 'bogus']),
    fits.Column('PAIR', '2E', array=np.zeros((3, 2))),
], name='CAND')
two = fits.BinTableHDU.from_columns([fits.Column('X', 'E', array=[1, 2])], name='OTHER')
fits.HDUList([fits.PrimaryHDU(), one, two]).writeto(sys.argv[1])
`;
    execFileSync(python!, ['-c', script, path]);
    await expect(openTable(path)).rejects.toThrow(/holds 2 tables: name one as .*\[CAND\] \[OTHER\]/);
    const table = await openTable(`${path}[CAND]`, { text: ['ID'] });
    expect(values(table, 'ID')).toEqual(['1152921504606846977', '5', '6']);
    expect(values(table, 'FLUX')).toEqual([1.5, NaN, 3]);
    expect(values(table, 'N')).toEqual([1, NaN, 3]);
    expect(values(table, 'FLAG')).toEqual([1, 0, 1]);
    expect(values(table, 'KIND')).toEqual(['real', '', 'bogus']);
    expect(() => tableColumn(table, 'PAIR', 'feature')).toThrow(/'PAIR' holds 2 values a row/);
  });
});

describe.skipIf(dataRoot === null)('real tables', () => {
  it('des-autoscan has the rows and gaps its description counts', async () => {
    const table = await openTable(join(dataRoot!, 'des-autoscan/train.csv'));
    expect([table.rows, table.columns.length]).toEqual([10_000, 40]);
    let gaps = 0;
    for (const { name } of table.columns)
      gaps += numberColumn(table, name, 'feature').values.filter(Number.isNaN).length;
    expect(gaps).toBe(3070);
  });
});
