import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJson } from './helpers/main.ts';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'demo-'))));
afterAll(() => rm(folder, { recursive: true }));

interface DemoDocument {
  readonly simulated: boolean;
  readonly scan: { readonly images: number; readonly failed: readonly unknown[] };
  readonly truth: { readonly bad: number; readonly good: number; readonly faint: number };
}

it('scans the night it simulated, and no exposure that an earlier, larger demo left in the folder', async () => {
  const demo = (n: number) => {
    const size = ['--ccds', '1', '--width', '512', '--height', '768'];
    return runJson<DemoDocument>('demo', '--n', `${n}`, ...size, '--out', folder);
  };
  for (const n of [2, 1]) {
    const { simulated, scan, truth } = await demo(n);
    expect(simulated).toBe(true);
    expect([scan.images, scan.failed]).toEqual([n, []]);
    expect(truth.bad + truth.good + truth.faint).toBe(n);
  }
});
