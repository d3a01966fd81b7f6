import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataRoot, findCommand, findPython } from '@blemish/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import {
  estimateBackground,
  measureQuality,
  renderBackground,
  renderRms,
  subtractBackground,
} from '../src/index.ts';

const python = findPython('sep', 'astropy');
const missing = dataRoot === null || python === null || findCommand('source-extractor') === null;

interface Entry {
  name: string;
  stem: string;
  width: number;
  height: number;
  mesh: number;
  globalRms: number;
  sextractor: boolean;
}

const floats = (path: string): Float32Array => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};

describe.skipIf(missing)('real survey images', () => {
  const out = mkdtempSync(join(tmpdir(), 'blemish-backgrounds-'));
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  it('have the background and noise that sep and source-extractor find, within 0.005 of the noise', () => {
    execFileSync(python!, [join(import.meta.dirname, 'fixtures/survey-backgrounds.py'), dataRoot!, out]);
    const entries = JSON.parse(readFileSync(join(out, 'index.json'), 'utf8')) as Entry[];
    expect(entries.length).toBeGreaterThan(80);
    for (const { name, stem, width, height, mesh, globalRms, sextractor } of entries) {
      const plane = { width, height, data: floats(`${stem}.image`) };
      const background = estimateBackground(plane, { mesh });
      const pairs = [
        ['sep back', renderBackground(background), `${stem}.${mesh}.back`],
        ['sep rms', renderRms(background), `${stem}.${mesh}.rms`],
      ] as [string, Float32Array, string][];
      if (sextractor)
        pairs.push(
          ['source-extractor back', pairs[0][1], `${stem}.${mesh}.sback`],
          ['source-extractor rms', pairs[1][1], `${stem}.${mesh}.srms`],
        );
      for (const [what, ours, path] of pairs) {
        const theirs = floats(path);
        const worst = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i])), 0);
        expect(worst / globalRms, `${name}, mesh ${mesh}: ${what}`).toBeLessThan(0.005);
      }
      const figures = measureQuality(subtractBackground(plane, background), null, background, null);
      for (const [key, value] of Object.entries(figures))
        expect(value === null || Number.isFinite(value), `${name}: ${key} = ${value}`).toBe(true);
      if (figures.fwhm !== null) expect(figures.fwhm).toBeGreaterThan(1.5);
    }
  });
});
