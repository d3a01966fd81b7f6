/** cfitsio's fpack and funpack as oracles; `null` where they are not installed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const installed = ['fpack', 'funpack'].every((tool) => spawnSync(tool, ['-V']).error === undefined);
if (!installed)
  console.warn('skipped: no fpack and funpack (Debian: libcfitsio-bin), compression is not compared here');

export interface Cfitsio {
  /** A folder for one test file, removed by `clear`. */
  readonly folder: string;
  /** Path of the packed file, or null when fpack refuses the image. */
  fpack(path: string, options: readonly string[]): string | null;
  /** Path of the unpacked file, or null when funpack refuses. */
  funpack(path: string): string | null;
  clear(): void;
}

export function cfitsio(): Cfitsio | null {
  if (!installed) return null;
  const folder = mkdtempSync(join(tmpdir(), 'blemish-fpack-'));
  let count = 0;
  const run = (tool: string, options: readonly string[], path: string): string | null => {
    const out = join(folder, `${tool}${count++}.fits`);
    const { status } = spawnSync(tool, [...options, '-O', out, path], { stdio: 'ignore', timeout: 20_000 });
    return status === 0 && existsSync(out) ? out : null;
  };
  return {
    folder,
    fpack: (path, options) => run('fpack', options, path),
    funpack: (path) => run('funpack', [], path),
    clear: () => rmSync(folder, { recursive: true, force: true }),
  };
}
