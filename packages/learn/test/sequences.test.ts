// Rows that have frames. fixtures/sequences.json is written by fixtures/sequences.py with NumPy and scikit-learn.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  fitPipeline,
  fitStack,
  lengthBatches,
  loadPipeline,
  loadStack,
  matrix,
  paddedBatch,
  selectRows,
  sequences,
  transforms,
} from '../src/index.ts';
import type { Matrix, PipelineSpec, StackSpec, TrainingData } from '../src/index.ts';
import { numbers } from './support/numbers.ts';
import { context, farthest, stored, table } from './support/tables.ts';

interface Fixture {
  readonly columns: readonly (readonly number[])[];
  readonly judged: readonly (readonly number[])[];
  readonly ranks: readonly (readonly number[])[];
  readonly frames: readonly (readonly (readonly number[])[])[];
  readonly summaries: readonly (readonly number[])[];
}
const url = new URL('./fixtures/sequences.json', import.meta.url);
const fixture = JSON.parse(readFileSync(url, 'utf8')) as Fixture;

/**
 * Objects of 3 to 40 frames of 3 numbers: of those of class 1 every eighth frame is far off in the second number, whose mean over the
 * frames says nothing (the outlier's sign alternates). A column tells the classes of one half of the objects apart.
 */
function objects(count: number, seed: number): TrainingData {
  const random = numbers(count * 200, seed);
  const y = Int32Array.from({ length: count }, (_, i) => i % 2);
  const lengths = y.map((_, i) => 3 + ((i * 7) % 38));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const frames = new Float32Array(3 * total);
  let frame = 0;
  lengths.forEach((length, i) => {
    for (let t = 0; t < length; t++, frame++) {
      for (let k = 0; k < 3; k++) frames[3 * frame + k] = 0.3 * random[(3 * frame + k) % random.length];
      if (y[i] === 1 && t % 8 === 0) frames[3 * frame + 1] += t % 16 === 0 ? 3 : -3;
    }
  });
  const x = matrix(
    count,
    1,
    y.map((label, i) => (i % 4 < 2 ? label : 0.5) + 0.1 * random[i]),
  );
  return {
    x: { ...x, sequences: sequences(3, lengths, frames) },
    y,
    classes: 2,
    columns: ['slope'],
  };
}

const framesAlone = (data: TrainingData): TrainingData => ({
  ...data,
  x: { ...matrix(data.x.rows, 0), sequences: data.x.sequences! },
  columns: [],
});

function accuracy({ data }: Matrix, y: ArrayLike<number>): number {
  return (
    Array.from(y, (label, i) => (data[2 * i + 1] > 0.5 ? 1 : 0) === label).filter(Boolean).length / y.length
  );
}

const gru: PipelineSpec = {
  steps: [],
  learner: {
    name: 'recurrent',
    options: { hidden: 16, bidirectional: true, epochs: 12, learningRate: 0.02, batch: 16 },
  },
};
const attention: PipelineSpec = {
  steps: [],
  learner: {
    name: 'attention',
    options: { hidden: 16, heads: 2, epochs: 25, learningRate: 0.01, batch: 16 },
  },
};
const learners = [['recurrent', gru] as const, ['attention', attention] as const];

describe('learners of frames', () => {
  it.each(learners)('%s finds what only some frames show, on objects it has not seen', async (_, spec) => {
    const fitted = await fitPipeline(spec, framesAlone(objects(160, 1)), context);
    const unseen = framesAlone(objects(120, 2));
    // The majority reaches 0.5; nine tenths are far beyond its spread of 0.05.
    expect(accuracy(await fitted.predictProba(unseen.x), unseen.y)).toBeGreaterThan(0.9);
    await fitted.close?.();
  });

  it.each(learners)('%s: neither padding nor the company of other rows changes a score', async (_, spec) => {
    const data = framesAlone(objects(60, 3));
    const fitted = await fitPipeline(spec, data, context);
    const together = await fitted.predictProba(data.x);
    const order = Array.from({ length: 60 }, (_, i) => (i * 37) % 60);
    const mixed = await fitted.predictProba(selectRows(data.x, order));
    // Alone a row is padded to a multiple of 64; among others to the longest of them.
    const alone = await Promise.all(
      order.slice(0, 5).map((row) => fitted.predictProba(selectRows(data.x, [row]))),
    );
    order.forEach((row, i) =>
      expect(Math.abs(mixed.data[2 * i + 1] - together.data[2 * row + 1])).toBeLessThan(1e-6),
    );
    alone.forEach(({ data: [, p] }, i) =>
      expect(Math.abs(p - together.data[2 * order[i] + 1])).toBeLessThan(1e-6),
    );
    await fitted.close?.();
  });

  it.each(learners)(
    '%s: the same seed gives the same model, and a saved one the same answers',
    async (_, spec) => {
      const data = framesAlone(objects(40, 4));
      const short = {
        ...spec,
        learner: { ...spec.learner, options: { ...(spec.learner.options as object), epochs: 2, members: 2 } },
      };
      const [a, b] = [await fitPipeline(short, data, context), await fitPipeline(short, data, context)];
      const answers = await a.predictProba(data.x);
      expect((await b.predictProba(data.x)).data).toEqual(answers.data);
      const loaded = await loadPipeline(stored(a.save()));
      expect((await loaded.predictProba(data.x)).data).toEqual(answers.data);
      for (const model of [a, b, loaded]) await model.close?.();
    },
  );

  it('shows held-out rows pass by pass, without learning from them', async () => {
    const data = framesAlone(objects(40, 5));
    const seen: number[] = [];
    const options = { ...(gru.learner.options as object), epochs: 5 };
    const spec = { steps: [], learner: { name: 'recurrent' as const, options } };
    const watch = {
      x: framesAlone(objects(6, 6)).x,
      every: 2,
      onPass: (pass: number) => void seen.push(pass),
    };
    const watched = await fitPipeline(spec, data, { ...context, watch });
    const alone = await fitPipeline(spec, data, context);
    expect(seen).toEqual([2, 4, 5]);
    expect((await watched.predictProba(data.x)).data).toEqual((await alone.predictProba(data.x)).data);
    for (const model of [watched, alone]) await model.close?.();
  });

  it('attention weighs the frames that decide, and its shares sum to 1', async () => {
    const fitted = await fitPipeline(attention, framesAlone(objects(160, 1)), context);
    const { x, y } = framesAlone(objects(60, 7));
    const shares = await fitted.frameShares!(x);
    let at = 0;
    let [off, even] = [0, 0];
    x.sequences!.lengths.forEach((length, i) => {
      const own = shares.subarray(at, at + length);
      expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
      if (y[i] === 1) {
        own.forEach((share, t) => (off += t % 8 === 0 ? share : 0));
        even += Math.ceil(length / 8) / length;
      }
      at += length;
    });
    // The odd frames of objects of class 1 weigh more than their number would.
    expect(off / even).toBeGreaterThan(1.5);
    await fitted.close?.();
  });

  it('says which frames do not fit', async () => {
    const data = objects(20, 8);
    await expect(fitPipeline(gru, data, context)).rejects.toThrow(
      /'recurrent' reads frames alone .* 1 columns/,
    );
    const bare = { ...data, x: matrix(20, 1, data.x.data) };
    await expect(fitPipeline(attention, bare, context)).rejects.toThrow(/needs the frames of each row/);
    const fitted = await fitPipeline(attention, data, context);
    const wider = {
      ...data.x,
      sequences: sequences(4, [2], new Float32Array(8)),
      rows: 1,
      data: new Float64Array(1),
    };
    await expect(fitted.predictProba(wider)).rejects.toThrow(/frames of 4 numbers, but it was fitted on 3/);
    expect(() => sequences(2, [1, 0], new Float32Array(2))).toThrow(/row 2 has 0 frames/);
    expect(() => sequences(2, [1], Float32Array.of(1, NaN))).toThrow(/frame 1, number 2: NaN/);
    await fitted.close?.();
  });
});

describe('batches of frames', () => {
  it('hold every row once, rows of like length together', () => {
    const { x } = objects(100, 9);
    const all = x.sequences!;
    const uniform = numbers(1000, 1);
    let drawn = 0;
    const batches = lengthBatches(
      all,
      Int32Array.from({ length: 100 }, (_, i) => i),
      8,
      () => (uniform[drawn++ % 1000] + 1) / 2,
    );
    expect(batches.flatMap((rows) => [...rows]).sort((a, b) => a - b)).toEqual([...Array(100).keys()]);
    const padded = batches.reduce(
      (sum, rows) => sum + rows.length * Math.max(...rows.map((row) => all.lengths[row])),
      0,
    );
    expect(padded / all.lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(1.3);
  });

  it('read every so manieth frame from any first one, and a judgement reads each frame once', async () => {
    const all = sequences(
      1,
      [7, 2],
      Float32Array.from({ length: 9 }, (_, t) => t),
    );
    const scale = { center: new Float64Array(1), scale: Float64Array.of(1) };
    const read = [0, 1, 2].map((first) => {
      const options = { size: 2, longest: 99, stride: 3, first };
      const { frames, lengths, steps } = paddedBatch(all, [0, 1], scale, options);
      return [0, 1].map((row) => [...frames.subarray(row * steps, row * steps + lengths[row])]);
    });
    expect(read).toEqual([
      [[0, 3, 6], [7]],
      [[1, 4], [8]],
      [[2, 5], [7]],
    ]);
    const data = framesAlone(objects(60, 3));
    const options = { ...(attention.learner.options as object), stride: 3, epochs: 2 };
    const fitted = await fitPipeline({ steps: [], learner: { name: 'attention', options } }, data, context);
    const shares = await fitted.frameShares!(data.x);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(60, 3);
    await fitted.close?.();
  });

  it('thin rows that are too long evenly', () => {
    const all = sequences(
      1,
      [10],
      Float32Array.from({ length: 10 }, (_, t) => t),
    );
    const scale = { center: new Float64Array(1), scale: Float64Array.of(1) };
    const { frames, lengths, steps } = paddedBatch(all, [0], scale, {
      size: 2,
      longest: 5,
      stride: 1,
      first: 0,
    });
    expect([...frames.subarray(0, 8)]).toEqual([0, 2, 4, 6, 8, 0, 0, 0]);
    expect([[...lengths], steps]).toEqual([[5, 1], 64]);
  });
});

describe('columns of frames and ranks', () => {
  it('summaries are NumPy’s', async () => {
    const lengths = fixture.frames.map((rows) => rows.length);
    const all = sequences(2, lengths, Float32Array.from(fixture.frames.flat(2)));
    const data = { x: { ...matrix(4, 0), sequences: all }, y: [0, 1, 0, 1], classes: 2 };
    const { 'frame-summary': summary } = transforms;
    const fitted = await summary!.fit(data, summary!.options.parse({}), context);
    expect(fitted.names.slice(0, 3)).toEqual(['frames', 'frame_mean_0', 'frame_mean_1']);
    expect(farthest(fitted.apply(data.x).data, table(fixture.summaries).data)).toBeLessThan(1e-6);
    expect(summary!.load(stored(fitted.save())).apply(data.x)).toEqual(fitted.apply(data.x));
  });

  it('ranks are scikit-learn’s', async () => {
    const data = { x: table(fixture.columns), y: fixture.columns.map((_, i) => i % 2), classes: 2 };
    const { 'rank-scale': ranks } = transforms;
    const fitted = await ranks!.fit(data, ranks!.options.parse({ quantiles: 50 }), context);
    const judged = table([...fixture.judged, [NaN, 0, 0]]);
    const expected = table([...fixture.ranks, [NaN, -1, -1]]);
    expect(farthest(fitted.apply(judged).data, expected.data)).toBeLessThan(1e-12);
    expect(ranks!.load(stored(fitted.save())).apply(judged)).toEqual(fitted.apply(judged));
  });
});

describe('a stack', () => {
  const members: StackSpec['members'] = [
    {
      name: 'frames',
      inputs: 'frames',
      steps: [{ name: 'frame-summary' }],
      learner: { name: 'extra-trees', options: { trees: 30 } },
    },
    { name: 'columns', inputs: 'columns', steps: [], learner: { name: 'naive-bayes' } },
  ];
  const spec: StackSpec = { combine: 'logistic', folds: 3, c: 1, members };

  it('is better than the members alone where each sees a part, and survives being saved', async () => {
    const [data, unseen] = [objects(200, 1), objects(200, 2)];
    const scores: number[] = [];
    for (const chosen of [members, [members[0]], [members[1]]]) {
      const fitted = await fitStack({ ...spec, members: chosen }, data, context);
      const answers = await fitted.predictProba(unseen.x);
      scores.push(accuracy(answers, unseen.y));
      const loaded = await loadStack(stored(fitted.save()));
      expect((await loaded.predictProba(unseen.x)).data).toEqual(answers.data);
    }
    expect(scores[0]).toBeGreaterThan(scores[2]);
    expect(scores[0]).toBeGreaterThanOrEqual(scores[1]);
  });

  it('learns how to join from answers to rows the members have not seen', async () => {
    // A nearest neighbor knows every training row by heart: joined on such answers it would be trusted blindly.
    const noise = {
      x: matrix(60, 2, numbers(120, 3)),
      y: Int32Array.from({ length: 60 }, (_, i) => i % 2),
      classes: 2,
    };
    const heart: StackSpec = {
      ...spec,
      members: [
        { name: 'heart', inputs: 'columns', steps: [], learner: { name: 'knn', options: { neighbors: 1 } } },
      ],
    };
    const fitted = await fitStack(heart, noise, context);
    const { data } = await fitted.predictProba(noise.x);
    expect(Math.max(...data)).toBeLessThan(0.75);
  });

  it('keeps groups together and names the member that fails', async () => {
    const data = objects(40, 4);
    const groups = Int32Array.from({ length: 40 }, (_, i) => Math.floor(i / 20));
    await expect(fitStack(spec, { ...data, groups }, context)).rejects.toThrow(
      /class 0 has 2 groups for 3 inner folds|class 1 has 0 groups/,
    );
    const wrong: StackSpec = {
      ...spec,
      members: [{ ...members[1], name: 'mine', learner: { name: 'recurrent' } }],
    };
    await expect(fitStack(wrong, data, context)).rejects.toThrow(/member 'mine': .*frames/);
  });

  it('of the mean is the mean logit', async () => {
    const data = objects(60, 5);
    const fitted = await fitStack({ ...spec, combine: 'mean' }, data, context);
    const alone = await Promise.all(
      members.map((member) => fitStack({ ...spec, combine: 'mean', members: [member] }, data, context)),
    );
    const logit = (p: number) => Math.log(p / (1 - p));
    const [a, b] = await Promise.all(alone.map((each) => each.predictProba(data.x)));
    const both = await fitted.predictProba(data.x);
    for (let i = 0; i < 60; i++)
      expect(logit(both.data[2 * i + 1])).toBeCloseTo(
        (logit(a.data[2 * i + 1]) + logit(b.data[2 * i + 1])) / 2,
        8,
      );
  });
});
