import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startRun } from '../src/training/run-folder.ts';
import { trainFromRecipe } from '../src/index.ts';

describe('the folder of a run', () => {
  const run = { text: 'name = "a"\n', seed: 1, files: ['recipe.toml', 'bundle'] };

  it('goes on with the same recipe and seed alone', async () => {
    const out = join(await mkdtemp(join(tmpdir(), 'run-')), 'a');
    await startRun({ ...run, out });
    await expect(startRun({ ...run, out })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS' });
    await startRun({ ...run, out, resume: true });
    await expect(startRun({ ...run, out, resume: true, seed: 2 })).rejects.toMatchObject({
      code: 'RESUME_MISMATCH',
      message: expect.stringContaining('seed 1, not 2') as string,
    });
    await expect(startRun({ ...run, out, resume: true, text: 'name = "b"\n' })).rejects.toMatchObject({
      code: 'RESUME_MISMATCH',
    });
    await mkdir(join(out, 'bundle'));
    await startRun({ ...run, out, force: true, seed: 2 });
    expect(existsSync(join(out, 'bundle'))).toBe(false);
  });

  it.each([
    ['autoencoder', 'recipes/ztf-frames/vae-36.toml'],
    ['segmentation', 'recipes/des-ghosts/scratch.toml'],
    ['table', 'recipes/des-autoscan/naive-bayes.toml'],
  ])('keeps the run before where the data of a new one are not there: %s', async (_, recipe) => {
    const root = await mkdtemp(join(tmpdir(), 'run-'));
    const out = join(root, 'run');
    await mkdir(join(out, 'bundle'), { recursive: true });
    await writeFile(join(out, 'bundle', 'model.json'), '{}');
    await writeFile(join(out, 'recipe.toml'), 'the one before');
    await expect(
      trainFromRecipe(recipe, { out, force: true, data: join(root, 'typo') }),
    ).rejects.toMatchObject({ code: expect.any(String) as string });
    expect(await readFile(join(out, 'bundle', 'model.json'), 'utf8')).toBe('{}');
    expect(await readFile(join(out, 'recipe.toml'), 'utf8')).toBe('the one before');
  });
});
