/** Finds what the tests compare with: astropy, cfitsio's tools, the real data. Absent ones are said, and skipped. */
import { fileURLToPath } from 'node:url';
import { findPython, runPython as run } from '@blemish/testkit';

export { dataFiles, dataRoot } from '@blemish/testkit';

export const python: string | null = findPython('astropy.io.fits', 'astropy.wcs');

/** Runs a script of test/fixtures and parses what it prints as JSON. */
export function runPython<T>(script: string, args: string[], input = ''): T {
  return run<T>(python!, fileURLToPath(new URL(`./fixtures/${script}`, import.meta.url)), args, input);
}
