import * as z from 'zod';
import { checkInput } from '../check-training.ts';
import { matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import type { SavedParts } from '../saved.ts';
import type { FittedTransform, TransformName } from '../transform.ts';

const version = 1;
const settingsSchema = z.strictObject({ names: z.array(z.string()) });

/** What every scaler is once fitted: (v − shift) / scale, column by column; NaN stays NaN. */
export function fittedAffine(
  kind: TransformName,
  names: readonly string[],
  shift: Float64Array,
  scale: Float64Array,
): FittedTransform {
  const columns = names.length;
  return {
    kind,
    columns,
    names,
    apply(x) {
      checkInput(x, columns, 'native', names);
      const result = matrix(x.rows, columns);
      for (let i = 0, at = 0; i < x.rows; i++) {
        for (let j = 0; j < columns; j++, at++) result.data[at] = (x.data[at] - shift[j]) / scale[j];
      }
      return result;
    },
    save: () => ({
      kind,
      version,
      settings: { names: [...names] },
      arrays: { shift: { shape: [columns], data: shift }, scale: { shape: [columns], data: scale } },
    }),
  };
}

export function loadAffine(kind: TransformName): (parts: SavedParts) => FittedTransform {
  return (parts) => {
    const { names } = savedSettings(parts, kind, version, settingsSchema);
    const numbers = (name: string) => savedNumbers(parts, name, names.length);
    return fittedAffine(kind, names, numbers('shift'), numbers('scale'));
  };
}
