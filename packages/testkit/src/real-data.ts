import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { saySkipped } from './oracles.ts';

const root =
  process.env['BLEMISH_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));

/** The folder of real data (`BLEMISH_DATA`, else `../shared/data` beside the repository), or null, said. */
export const dataRoot: string | null = existsSync(root) ? root : null;
if (dataRoot === null) saySkipped(`no real data under ${root} (set BLEMISH_DATA)`);

/** FITS files of a folder of the real data, all levels, sorted; none where there are no data. */
export function dataFiles(folder: string): string[] {
  if (dataRoot === null) return [];
  return readdirSync(join(dataRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(fits|fits\.fz|fits\.gz)$/.test(name))
    .sort()
    .map((name) => join(dataRoot, folder, name));
}
