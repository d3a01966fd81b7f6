/** Files that astropy writes, read as astropy reads them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFitsFile } from '../../src/node/index.ts';
import { python } from '../oracle.ts';

const folder = mkdtempSync(join(tmpdir(), 'blemish-astropy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(python === null)('images compressed by astropy', () => {
  it('are the same pixels here, smoothing included', { timeout: 300_000 }, async () => {
    const script = join(import.meta.dirname, 'write_with_astropy.py');
    const cases = execFileSync(python!, [script, folder], { encoding: 'utf8' }).trim().split('\n');
    expect(cases.length).toBeGreaterThan(60);
    for (const [n, label] of cases.entries()) {
      const file = await openFitsFile(join(folder, `${n}.fits`));
      const { data } = await file.readStored(file.hdus[1]);
      const mine = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      expect(mine.equals(readFileSync(join(folder, `${n}.bin`))), label).toBe(true);
      await file.close();
    }
  });
});
