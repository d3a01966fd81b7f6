import { learners, transforms, tsne } from '@blemish/learn';
import type { FittedTransform, LearnerName, Matrix, Model, TransformName } from '@blemish/learn';
import type { TableData } from './table-data.ts';

/** What one work times: each of its steps runs once per call, its data at hand; `predict` works on what the last `fit` made. */
export interface Running {
  readonly fit?: () => Promise<unknown>;
  readonly predict?: () => Promise<unknown>;
  /** Share of the test rows whose class the last fit finds: shows that both sides did the same kind of thing. */
  readonly accuracy?: () => Promise<number>;
}

export type Step = 'fit' | 'predict';

/** One thing to time: its name is what `learn_peer.py` knows it by. */
export interface Work {
  readonly name: string;
  /** What the ratio to the peer's time may be at most, by step. */
  readonly limits: Readonly<Partial<Record<Step, number>>>;
  /** Rows of the table, where 30,000 would take too long. */
  readonly rows?: number;
  readonly start: (data: TableData, threads: number) => Promise<Running> | Running;
}

/** A learner of the registry with these options; the rest of them are its defaults. */
function learner(
  name: LearnerName,
  options: object,
  limits: Work['limits'] = { fit: 1.5, predict: 1 },
): Work {
  const start = ({ train, test, testLabels }: TableData, threads: number): Running => {
    const found = learners[name];
    if (found === undefined) throw new RangeError(`no learner is called '${name}'`);
    let model: Model | null = null;
    const fit = async () => {
      await model?.close?.();
      model = await found.fit(train, found.options.parse(options), { seed: 1, threads });
    };
    const predict = async () => {
      if (model === null) await fit();
      return model!.predictProba(test);
    };
    return { fit, predict, accuracy: async () => accuracy(await predict(), testLabels) };
  };
  return { name, limits, start };
}

/** A transform of the registry with these options: `predict` applies it. */
function transform(name: TransformName, options: object, limits: Work['limits']): Work {
  const start = ({ train, test }: TableData, threads: number): Running => {
    const found = transforms[name];
    if (found === undefined) throw new RangeError(`no transform is called '${name}'`);
    let fitted: FittedTransform | null = null;
    const fit = async () => {
      fitted = await found.fit(train, found.options.parse(options), { seed: 1, threads });
    };
    return {
      fit,
      predict: async () => {
        if (fitted === null) await fit();
        return fitted!.apply(test);
      },
    };
  };
  return { name, limits, start };
}

function accuracy({ rows, columns, data }: Matrix, labels: Int32Array): number {
  let right = 0;
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right / rows;
}

/** A map of the rows, which `fit` draws. */
function map(): Work {
  return {
    name: 't-sne',
    limits: { fit: 1.5 },
    rows: 5000,
    start: ({ train }, threads) => ({ fit: () => tsne(train.x, { seed: 1, threads }) }),
  };
}

/** A new work: a line here and one in `learn_peer.py`. */
export const works: readonly Work[] = [
  learner('random-forest', { trees: 100 }),
  learner('extra-trees', { trees: 100 }),
  learner('boosting', { iterations: 100, earlyStopping: 'off' }),
  learner('naive-bayes', {}),
  learner('mec', {}),
  learner('logistic', {}),
  learner('mlp', { hidden: [128, 64], activation: 'relu', dropout: 0, epochs: 5 }),
  learner('knn', { neighbors: 15 }, { predict: 1 }),
  // With probabilities on both sides, hence six machines a fit.
  { ...learner('svm', {}), name: 'svm-rbf', rows: 10_000 },
  { ...learner('svm', { kernel: 'linear' }), name: 'svm-linear', rows: 3000 },
  map(),
  transform('pca', { components: 15 }, { fit: 1.5, predict: 1 }),
];
