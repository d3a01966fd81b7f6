import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeviceError, requireDevice } from '@blemish/engine';
import type { Device } from '@blemish/engine';
import { SurveyError } from '../errors.ts';

export interface RunStart {
  readonly out: string;
  /** Of the recipe file. */
  readonly text: string;
  readonly seed: number;
  readonly resume?: boolean | undefined;
  /** Replace the run that is there. */
  readonly force?: boolean | undefined;
  /** What a run leaves in the folder: what `force` removes. */
  readonly files: readonly string[];
}

/**
 * Begins a run in its folder, or goes on with it. To be called once all inputs are known to be there: `force` removes the run before.
 * A run is of one recipe and one seed: a folder that holds another's is refused, and one that was not asked to go on.
 * @throws SurveyError OUTPUT_EXISTS, RESUME_MISMATCH
 */
export async function startRun({ out, text, seed, resume, force, files }: RunStart): Promise<void> {
  if (force)
    for (const name of [...files, seedFile]) await rm(join(out, name), { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  await keepRecipe(text, out, resume ?? false);
  const path = join(out, seedFile);
  const before = await readFile(path, 'utf8').catch(() => null);
  if (before !== null && before.trim() !== String(seed)) {
    throw new SurveyError('RESUME_MISMATCH', `the run was started with seed ${before.trim()}, not ${seed}`, {
      path: out,
    });
  }
  await writeFile(path, `${seed}\n`);
}

const seedFile = 'seed.txt';

async function keepRecipe(text: string, out: string, resume: boolean): Promise<void> {
  const kept = join(out, 'recipe.toml');
  const before = await readFile(kept, 'utf8').catch(() => null);
  if (before !== null && !resume) {
    throw new SurveyError('OUTPUT_EXISTS', 'this folder holds a run already; add --resume to go on with it', {
      path: out,
    });
  }
  if (before !== null && before !== text) {
    throw new SurveyError('RESUME_MISMATCH', 'the run was started with another recipe (its recipe.toml)', {
      path: out,
    });
  }
  await writeFile(kept, text);
}

/** @throws SurveyError DEVICE_NOT_FOUND */
export async function needDevice(device: Device): Promise<void> {
  await requireDevice(device).catch((cause: unknown) => {
    throw cause instanceof DeviceError
      ? new SurveyError('DEVICE_NOT_FOUND', 'WebGPU found no graphics card', { cause })
      : cause;
  });
}
