/** Finds what the tests compare with: astropy, cfitsio's tools, the real data. Absent ones are said, and skipped. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

const root =
  process.env['BLEMISH_DATA'] ?? fileURLToPath(new URL('../../../../shared/data', import.meta.url));
export const dataRoot: string | null = existsSync(root) ? root : null;

function findPython(): string | null {
  for (const python of ['/usr/bin/python3', 'python3'])
    if (spawnSync(python, ['-c', 'import astropy.io.fits, astropy.wcs']).status === 0) return python;
  return null;
}
export const python = findPython();

if (python === null) console.warn('skipped: no python3 with astropy, FITS is not compared with it here');
if (dataRoot === null) console.warn('skipped: no real data (set BLEMISH_DATA)');

/** Runs a script of test/fixtures and parses what it prints as JSON. */
export function runPython<T>(script: string, args: string[], input = ''): T {
  const text = execFileSync(python!, [join(fixtures, script), ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  return JSON.parse(text) as T;
}

/** Files of a folder of the real data, all levels. */
export function dataFiles(folder: string): string[] {
  if (dataRoot === null) return [];
  return readdirSync(join(dataRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(fits|fits\.fz|fits\.gz)$/.test(name))
    .sort()
    .map((name) => join(dataRoot, folder, name));
}
