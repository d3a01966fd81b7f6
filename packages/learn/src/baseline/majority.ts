import * as z from 'zod';
import { checkInput, checkTraining } from '../check-training.ts';
import type { Learner, Model } from '../learner.ts';
import { matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';

const version = 1;
const settingsSchema = z.strictObject({ columns: z.int(), classes: z.int() });

/** The answer that looks at nothing: every row gets the classes' shares of the (weighted) training rows. */
export const majority: Learner<Record<string, never>> = {
  name: 'majority',
  title: 'Shares of the classes, whatever the row holds: what every other learner must beat',
  options: z.strictObject({}),
  missing: 'native',
  scaleSensitive: false,
  async fit(data) {
    checkTraining(data, 'native');
    return model(data.x.columns, classShares(data));
  },
  async load(parts) {
    const { columns, classes } = savedSettings(parts, 'majority', version, settingsSchema);
    return model(columns, savedNumbers(parts, 'shares', classes));
  },
};

/** Share of each class in the sum of weights. */
export function classShares({
  y,
  classes,
  weights,
}: {
  readonly y: ArrayLike<number>;
  readonly classes: number;
  readonly weights?: ArrayLike<number>;
}): Float64Array {
  const shares = new Float64Array(classes);
  let sum = 0;
  for (let i = 0; i < y.length; i++) {
    const weight = weights?.[i] ?? 1;
    shares[y[i]] += weight;
    sum += weight;
  }
  return shares.map((share) => share / sum);
}

function model(columns: number, shares: Float64Array): Model {
  const classes = shares.length;
  return {
    kind: 'majority',
    columns,
    classes,
    async predictProba(x) {
      checkInput(x, columns, 'native');
      const result = matrix(x.rows, classes);
      for (let i = 0; i < x.rows; i++) result.data.set(shares, i * classes);
      return result;
    },
    save: () => ({
      kind: 'majority',
      version,
      settings: { columns, classes },
      arrays: { shares: { shape: [classes], data: shares } },
    }),
  };
}
