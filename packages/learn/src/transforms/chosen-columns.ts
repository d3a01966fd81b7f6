import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import { matrix } from '../matrix.ts';
import { savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import type { FittedTransform, TransformName } from '../transform.ts';

const version = 1;
const settingsSchema = z.strictObject({ names: z.array(z.string()), kept: z.array(z.int()) });

/** What every selection of columns is once fitted: those at `kept`, in order. Missing values pass. */
export function fittedChoice(
  kind: TransformName,
  inputs: readonly string[],
  kept: readonly number[],
): FittedTransform {
  return {
    kind,
    columns: inputs.length,
    names: kept.map((j) => inputs[j]),
    apply(x) {
      checkInput(x, inputs.length, 'native', inputs);
      const result = matrix(x.rows, kept.length);
      for (let i = 0, at = 0; i < x.rows; i++) {
        for (const j of kept) result.data[at++] = x.data[i * x.columns + j];
      }
      return result;
    },
    save: () => ({ kind, version, settings: { names: [...inputs], kept: [...kept] }, arrays: {} }),
  };
}

export function loadChoice(kind: TransformName): (parts: SavedParts) => FittedTransform {
  return (parts) => {
    const { names, kept } = savedSettings(parts, kind, version, settingsSchema);
    return fittedChoice(kind, names, kept);
  };
}
