import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeviceError, requireDevice } from '@blemish/engine';
import type { Device } from '@blemish/engine';
import { SurveyError } from '../errors.ts';

/** A run is of one recipe: refuses a folder that holds another's, and one that was not asked to go on. */
export async function keepRecipe(text: string, out: string, resume: boolean): Promise<void> {
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
