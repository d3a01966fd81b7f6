import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { XMLParser } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '@blemish/testkit';
import { TableSet } from '../src/tables/table-set.ts';
import type { Column, Row } from '../src/tables/column.ts';
import { catalogColumns, imageColumns } from '../src/tables/columns.ts';

const python = findPython('astropy.io.votable', 'astropy.table');

const columns: readonly Column[] = [
  { name: 'path', type: 'string', description: 'a "quoted": description' },
  { name: 'n', type: 'int', description: 'count' },
  { name: 'ra', type: 'double', unit: 'deg', description: 'right ascension', ucd: 'pos.eq.ra' },
  { name: 'flagged', type: 'boolean', description: 'flag' },
];
const rows: readonly Row[] = [
  { path: 'a,"b" <&>\n√.fits', n: 3, ra: 0.1 + 0.2, flagged: true },
  { path: 'plain', n: null, ra: Number.NaN, flagged: false },
  { path: 'two  blanks', n: -7, ra: 1e-300, flagged: null },
];
const expected = rows.map((row) => ({ ...row, ra: Number.isNaN(row['ra']) ? null : row['ra'] }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blemish-tables-'));
  const table = new TableSet(folder, 't', columns, ['csv', 'ecsv', 'xml'], { model: "it's <one>" });
  for (const row of rows) await table.write(row);
  await table.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function readParquet(path: string): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file: await asyncBufferFromFile(path) });
}

describe('one table in every format', () => {
  it('Parquet reads back with types, nulls and provenance', async () => {
    const path = join(folder, 't.parquet');
    expect(await readParquet(path)).toEqual(expected);
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(metadata.schema.slice(1).map(({ name, type }) => [name, type])).toEqual([
      ['path', 'BYTE_ARRAY'],
      ['n', 'INT32'],
      ['ra', 'DOUBLE'],
      ['flagged', 'BOOLEAN'],
    ]);
    expect(metadata.key_value_metadata).toContainEqual({ key: 'model', value: "it's <one>" });
  });

  it('CSV quotes what needs it and leaves null empty', async () => {
    expect(await readFile(join(folder, 't.csv'), 'utf8')).toBe(
      'path,n,ra,flagged\n"a,""b"" <&>\n√.fits",3,0.30000000000000004,true\nplain,,,false\ntwo  blanks,-7,1e-300,\n',
    );
  });

  it('VOTable is well-formed XML that escapes its cells', async () => {
    const document = new XMLParser({ ignoreAttributes: false, trimValues: false }).parse(
      await readFile(join(folder, 't.xml'), 'utf8'),
    ) as {
      VOTABLE: { RESOURCE: { TABLE: { FIELD: object[]; DATA: { TABLEDATA: { TR: { TD: unknown[] }[] } } } } };
    };
    const { FIELD, DATA } = document.VOTABLE.RESOURCE.TABLE;
    expect(FIELD).toHaveLength(4);
    expect(DATA.TABLEDATA.TR[0].TD[0]).toBe('a,"b" <&>\n√.fits');
  });

  it.skipIf(python === null)('astropy reads ECSV and VOTable alike', () => {
    const script = `
import json, sys, numpy as np
from astropy.table import Table
out = []
for name, form in (('t.ecsv', 'ascii.ecsv'), ('t.xml', 'votable')):
    t = Table.read(sys.argv[1] + '/' + name, format=form)
    def cell(v):
        if v is np.ma.masked: return None
        v = v.item() if hasattr(v, 'item') else v
        return None if isinstance(v, float) and np.isnan(v) else v
    out.append({'units': [str(t[c].unit) for c in t.colnames], 'rows': [[cell(v) for v in r] for r in t]})
print(json.dumps(out))`;
    const [ecsv, votable] = JSON.parse(
      execFileSync(python!, ['-W', 'ignore', '-c', script, folder], { encoding: 'utf8' }),
    ) as { units: string[]; rows: unknown[][] }[];
    expect(ecsv.rows).toEqual(expected.map((row) => Object.values(row)));
    expect(ecsv.units[2]).toBe('deg');
    expect(votable.rows.map((row) => row.slice(0, 3))).toEqual(
      expected.map((row) => Object.values(row).slice(0, 3)),
    );
    expect(votable.units[2]).toBe('deg');
  });

  it('leaves no partial file', async () => {
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

it('writes an empty table, and one of several row groups', async () => {
  const empty = new TableSet(folder, 'empty', columns, ['csv', 'ecsv', 'xml'], {});
  await empty.close();
  expect(await readParquet(join(folder, 'empty.parquet'))).toEqual([]);
  const long = new TableSet(folder, 'long', columns, [], {});
  for (let i = 0; i < 45_000; i++) await long.write({ path: `p${i}`, n: i, ra: i / 7, flagged: i % 2 === 0 });
  await long.close();
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(join(folder, 'long.parquet')));
  expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([20_000, 20_000, 5_000]);
  const read = await readParquet(join(folder, 'long.parquet'));
  expect(read[44_999]).toEqual({ path: 'p44999', n: 44_999, ra: 44_999 / 7, flagged: false });
});

it('has the columns the product promises, in order', () => {
  expect(catalogColumns.map(({ name }) => name).join(', ')).toBe(
    'event_id, path, hdu, exposure, ccd, band, mjd, class, probability, threshold, flagged, x, y, ra, dec, area, model, model_sha256',
  );
  expect(
    imageColumns
      .slice(0, 18)
      .map(({ name }) => name)
      .join(', '),
  ).toBe(
    'path, hdu, exposure, ccd, band, mjd, artifact_probability, flagged, action, masked_fraction, fwhm, ellipticity, sky, rms, zero_point, transparency, depth_factor, n_stars',
  );
  expect(imageColumns.filter(({ name }) => name.startsWith('p_'))).toHaveLength(29);
  expect(imageColumns.some(({ name }) => name === 'p_a_b_jump')).toBe(true);
});
