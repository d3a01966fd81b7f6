// Trains the CNN of fixtures/cnn_curve.py on the same data from the same weights: PyTorch's loss curve step by step.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileTraining, defineNetwork, networkParameters } from '../src/index.ts';
import type { Feeds, WeightArray } from '../src/index.ts';

const url = new URL('./fixtures/cnn_curve.json', import.meta.url);
const { losses } = JSON.parse(readFileSync(url, 'utf8')) as { losses: readonly number[] };

let state = 1;
/** The generator of the script: numbers in [−1, 1). */
function draw(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function batch(n = 64): Feeds {
  const x = draw(n * 3 * 256);
  const y = Float32Array.from(draw(n), (u) => (u > 0 ? 1 : 0));
  const image = Float32Array.from(x, (value, i) => {
    const inside = Math.hypot(((i >> 4) & 15) - 7.5, (i & 15) - 7.5) < 4;
    return value + 0.4 * y[Math.floor(i / 768)] * (inside ? 1 : 0);
  });
  return { image, y };
}

const network = defineNetwork({
  name: 'cnn',
  inputs: { image: ['N', 3, 16, 16] },
  build(b, { image }) {
    let x = image;
    for (const [k, out] of [8, 16, 16].entries()) {
      const convolved = b.conv2d(x, { name: `conv${k + 1}`, out });
      x = b.maxPool(b.batchNorm(b.relu(convolved), { name: `norm${k + 1}` }));
    }
    const hidden = b.relu(b.dense(b.flatten(x), { name: 'hidden', out: 32 }));
    return { logit: b.dense(hidden, { name: 'logit', out: 1 }) };
  },
});

it('goes through PyTorch’s losses for 200 steps', { timeout: 60_000 }, async () => {
  const batches = Array.from({ length: 10 }, () => batch());
  const weights = Object.fromEntries(
    networkParameters(network).map(({ name, shape, initial }): [string, WeightArray] => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      const data = new Float32Array(count);
      if (shape.length > 1) {
        const limit = Math.sqrt(6 / (count / shape[0]));
        data.set(draw(count).map((u) => limit * u));
      } else if (initial.kind === 'constant') data.fill(initial.value);
      return [name, { shape, data }];
    }),
  );
  const session = compileTraining(network, {
    targets: { y: ['N', 1] },
    loss: (b, { logit }, { y }) => ({ loss: b.mean(b.bceWithLogits(logit, y)) }),
    optimizer: { kind: 'adadelta', learningRate: 0.1 },
    weights,
  });
  let worst = 0;
  for (const [t, expected] of losses.entries()) {
    const { loss } = await session.step(batches[t % batches.length]);
    worst = Math.max(worst, Math.abs(loss - expected));
  }
  await session.close();
  // Rounding differs between the two from the first sum on, and training amplifies it: 2e-4 was met.
  expect(worst).toBeLessThan(1e-3);
  expect(losses).toHaveLength(200);
});
