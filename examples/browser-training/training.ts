import { defineNetwork, train } from '@blemish/engine';
import type { Device, Progress, TrainResult } from '@blemish/engine';
import { side, stamps } from './stamps.ts';

export const steps = 30;

/** Tells streaks from stars: two convolutions, the mean of each map, one number. */
export const network = defineNetwork({
  name: 'streak-or-star',
  inputs: { image: ['N', 1, side, side] },
  build(b, { image }) {
    const x = b.relu(
      b.batchNorm(b.conv2d(image, { name: 'a', out: 8, stride: 2, bias: false }), { name: 'na' }),
    );
    const y = b.relu(b.conv2d(x, { name: 'b', out: 16 }));
    const features = b.dropout(b.concat([b.globalMean(y), b.globalMax(y)]), 0.1);
    return { logits: b.dense(features, { name: 'logits', out: 1, gain: 1 }) };
  },
});

/** The same losses in a page as in Node: everything random comes from seeds. */
export function trainStamps(device: Device, onProgress: (progress: Progress) => void): Promise<TrainResult> {
  return train({
    network,
    targets: { label: ['N', 1] },
    loss: (b, { logits }, { label }) => ({ loss: b.mean(b.bceWithLogits(logits, label)) }),
    *data(epoch) {
      for (let step = 0; step < steps; step++) yield stamps(1 + step + epoch * steps, 32);
    },
    epochs: 1,
    optimizer: { learningRate: 0.01 },
    gradientClip: 5,
    averageDecay: 0.9,
    seed: 1,
    device,
    onProgress,
  });
}
