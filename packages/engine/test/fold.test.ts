import { expect, it } from 'vitest';
import { compileTraining, defineNetwork, exportOnnx, loadModel } from '../src/index.ts';
import type { Builder, Tensor } from '../src/index.ts';

/** Numbers that repeat nowhere near. */
const waves = (count: number, phase: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + phase));

/** A network of one layer before a norm, trained a little so that the norm has statistics of its own. */
async function exports(layer: (b: Builder, x: Tensor, y: Tensor) => Tensor) {
  const network = defineNetwork({
    name: 'folded',
    inputs: { x: ['N', 2, 8, 8], y: ['N', 3, 4, 4] },
    build: (b, { x, y }) => ({ out: b.relu(b.batchNorm(layer(b, x, y), { name: 'norm' })) }),
  });
  const session = compileTraining(network, {
    targets: { t: ['N', 1, 1, 1] },
    loss: (b, { out }, { t }) => ({ loss: b.mean(b.mul(b.sub(out, t), b.sub(out, t))) }),
  });
  const feeds = { x: waves(8 * 128, 1), y: waves(8 * 48, 2) };
  for (let step = 0; step < 5; step++) await session.step({ ...feeds, t: waves(8, step) });
  const weights = session.weights();
  await session.close();
  const answers: Float32Array[] = [];
  const normed: boolean[] = [];
  for (const fold of [true, false]) {
    const bytes = exportOnnx(network, weights, { fold });
    normed.push(Buffer.from(bytes).includes('norm.running_var'));
    const model = await loadModel(bytes, { threads: 1 });
    answers.push((await model.run(feeds)).out.data);
    await model.close();
  }
  return { folded: answers[0], plain: answers[1], normed };
}

const halved = { kernel: 2, stride: 2, padding: 0, out: 5 } as const;

it.each<[string, (b: Builder, x: Tensor, y: Tensor) => Tensor]>([
  ['a convolution', (b, x) => b.conv2d(x, { name: 'a', ...halved })],
  ['a transposed convolution', (b, _, y) => b.convTranspose2d(y, { name: 'a', ...halved })],
  [
    'a sum of a convolution with bias and one without',
    (b, x, y) =>
      b.add(
        b.conv2d(x, { name: 'a', ...halved }),
        b.conv2d(y, { name: 'c', out: 5, kernel: 1, bias: false }),
      ),
  ],
  [
    'a sum of three, the biases in the later ones',
    (b, x, y) =>
      b.add(
        b.add(b.conv2d(x, { name: 'a', ...halved, bias: false }), b.conv2d(y, { name: 'c', out: 5 })),
        b.conv2d(y, { name: 'd', out: 5, kernel: 1 }),
      ),
  ],
])('a norm goes into the weights of %s and changes nothing', async (_, layer) => {
  const { folded, plain, normed } = await exports(layer);
  expect(normed).toEqual([false, true]);
  // Values of order 1 in single precision, sums of at most 32 terms.
  for (let i = 0; i < plain.length; i++) expect(Math.abs(folded[i] - plain[i])).toBeLessThan(1e-5);
});

it('a norm stays where the sum is used elsewhere, or one part is not a layer', async () => {
  const used = await exports((b, x, y) => {
    const a = b.conv2d(x, { name: 'a', ...halved });
    return b.add(a, b.mul(a, b.conv2d(y, { name: 'c', out: 5 })));
  });
  expect(used.normed).toEqual([true, true]);
  const spread = await exports((b, x) =>
    b.add(
      b.conv2d(x, { name: 'a', ...halved }),
      b.parameter('p', [1, 5, 1, 1], { kind: 'constant', value: 1 }),
    ),
  );
  expect(spread.normed).toEqual([true, true]);
  for (const { folded, plain } of [used, spread]) {
    for (let i = 0; i < plain.length; i++) expect(folded[i]).toBeCloseTo(plain[i], 5);
  }
});

it('means over rows, columns or both are pooled in an exported model', async () => {
  const network = defineNetwork({
    name: 'means',
    inputs: { x: ['N', 3, 6, 4] },
    build: (b, { x }) => ({
      rows: b.mean(x, [2], true),
      columns: b.mean(x, [-1]),
      both: b.globalMean(x),
      channels: b.mean(x, [1]),
    }),
  });
  const bytes = exportOnnx(network, {});
  expect(Buffer.from(bytes).toString('latin1')).toMatch(/AveragePool/);
  const model = await loadModel(bytes, { threads: 1 });
  const x = waves(2 * 72, 3);
  const at = (n: number, c: number, h: number, w: number) => x[((n * 3 + c) * 6 + h) * 4 + w];
  const result = await model.run({ x });
  await model.close();
  expect([result['rows'].shape, result['columns'].shape, result['both'].shape]).toEqual([
    [2, 3, 1, 4],
    [2, 3, 6],
    [2, 3],
  ]);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [h6, w4] = [
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3],
  ];
  for (const [n, c] of [
    [0, 0],
    [1, 2],
  ]) {
    for (const w of w4) {
      expect(result['rows'].data[(n * 3 + c) * 4 + w]).toBeCloseTo(mean(h6.map((h) => at(n, c, h, w))), 6);
    }
    for (const h of h6) {
      expect(result['columns'].data[(n * 3 + c) * 6 + h]).toBeCloseTo(mean(w4.map((w) => at(n, c, h, w))), 6);
    }
    const all = h6.flatMap((h) => w4.map((w) => at(n, c, h, w)));
    expect(result['both'].data[n * 3 + c]).toBeCloseTo(mean(all), 6);
  }
});
