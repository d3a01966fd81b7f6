import { compileTraining, defineNetwork, exportOnnx } from '@blemish/engine';
import { stream } from '@blemish/sky';

/** Stamps of 32 × 32 pixels, simulated: an upright or a level streak somewhere, and brighter round stars that say nothing. */
export const side = 32;
export const classNames = ['upright', 'level'] as const;

export interface StreakStamps {
  readonly count: number;
  /** [N, 1, H, W]. */
  readonly pixels: Float32Array;
  /** 0 or 1 of each, by the streak alone. */
  readonly labels: readonly number[];
  /** [N, H, W], 1 on the streak. */
  readonly truth: Uint8Array;
}

/** @param offCentre streaks at least 7 pixels from the middle */
export function streakStamps(count: number, seed: number, offCentre = false): StreakStamps {
  const area = side * side;
  const pixels = new Float32Array(count * area);
  const truth = new Uint8Array(count * area);
  const labels: number[] = [];
  for (let n = 0; n < count; n++) {
    const rng = stream(seed, 'streak', n);
    const stamp = pixels.subarray(n * area, (n + 1) * area);
    for (let i = 0; i < area; i++) stamp[i] = rng.normal(0, 0.25);
    const label = n % 2;
    labels.push(label);
    let [x, y] = [0, 0];
    do [x, y] = [rng.integer(5, side - 6), rng.integer(5, side - 6)];
    while (offCentre && Math.hypot(x - 15.5, y - 15.5) < 7);
    for (let along = -4; along <= 4; along++)
      for (let across = -1; across <= 1; across++) {
        const at = label === 0 ? (y + along) * side + x + across : (y + across) * side + x + along;
        stamp[at] += across === 0 ? 2 : 0.7;
        truth[n * area + at] = 1;
      }
    for (let star = rng.integer(4, 6); star > 0; star--) {
      const [cx, cy, peak] = [rng.uniform(0, side), rng.uniform(0, side), rng.uniform(2, 5)];
      for (let i = 0; i < area; i++) {
        const r2 = ((i % side) - cx) ** 2 + (Math.floor(i / side) - cy) ** 2;
        if (r2 < 36) stamp[i] += peak * Math.exp(-r2 / 4.5);
      }
    }
  }
  return { count, pixels, labels, truth };
}

/** Two convolutions' pairs and the maximum of each map, or a flatten: what stamp classifiers are made of. */
export const streakNetwork = defineNetwork({
  name: 'streaks',
  inputs: { stamps: ['N', 1, side, side] },
  build(b, { stamps }) {
    let x = b.relu(b.conv2d(stamps, { name: 'conv1', out: 8, kernel: 5, padding: 2 }));
    x = b.maxPool(x);
    x = b.relu(b.batchNorm(b.conv2d(x, { name: 'conv2', out: 12, kernel: 5, padding: 2 }), { name: 'norm' }));
    x = b.relu(b.conv2d(x, { name: 'conv3', out: 8, kernel: 3, padding: 1 }));
    return { logits: b.dense(b.globalMean(x), { name: 'out', out: 2 }) };
  },
});

/** Trains on stamps simulated anew each step; the network as ONNX. */
export async function trainStreaks(steps: number): Promise<Uint8Array> {
  const session = compileTraining(streakNetwork, {
    targets: { y: ['N', 2] },
    loss: (b, { logits }, { y }) => ({ loss: b.neg(b.mean(b.sum(b.mul(b.logSoftmax(logits), y), [1]))) }),
    optimizer: { kind: 'adamw', learningRate: 0.005 },
    seed: 4,
  });
  for (let step = 0; step < steps; step++) {
    const { pixels, labels } = streakStamps(48, 1000 + (step % 40));
    const y = Float32Array.from(labels.flatMap((label) => [1 - label, label]));
    await session.step({ stamps: pixels, y }, { learningRate: step < 0.7 * steps ? 0.005 : 0.001 });
  }
  const bytes = exportOnnx(streakNetwork, session.weights());
  await session.close();
  return bytes;
}
