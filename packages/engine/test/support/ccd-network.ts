import { compileTraining, defineNetwork } from '../../src/index.ts';
import type { Activation, Builder, Tensor, TrainingSession } from '../../src/index.ts';

/** A small U-Net of the size that reads CCDs (about 0.6 GMAC at 512×256): classes from the bottom, a coarse map from the top. */
export function ccdNetwork(height = 512, width = 256, classes = 16, activation: Activation = 'relu') {
  const block = (
    b: Builder,
    x: Tensor,
    name: string,
    out: number,
    options: { kernel?: number; stride?: number } = {},
  ) =>
    b.scope(name, () => {
      const y = b.conv2d(x, { name: 'conv', out, bias: false, ...options });
      return b.activation(b.batchNorm(y, { name: 'norm' }), activation);
    });
  return defineNetwork({
    name: 'ccd-like',
    inputs: { image: ['N', 9, height, width] },
    build(b, { image }) {
      const e1 = block(b, image, 'e1', 16, { stride: 2 });
      const e2 = block(b, block(b, e1, 'e2a', 24, { stride: 2 }), 'e2b', 24);
      const e3 = block(b, block(b, e2, 'e3a', 48, { stride: 2 }), 'e3b', 48);
      const e4 = block(b, block(b, block(b, e3, 'e4a', 96, { stride: 2 }), 'e4b', 96), 'e4c', 96);
      const rows = b.mean(e4, [3], true);
      const columns = b.mean(e4, [2], true);
      const context = b.add(b.add(e4, rows), columns);
      const join = (deep: Tensor, skip: Tensor, name: string, out: number) =>
        block(b, b.concat([b.upsample(block(b, deep, `${name}p`, out, { kernel: 1 })), skip]), name, out);
      const d3 = join(context, e3, 'd3', 48);
      const d2 = join(d3, e2, 'd2', 24);
      const d1 = join(d2, e1, 'd1', 16);
      const map = b.conv2d(d1, { name: 'map', out: classes, kernel: 1 });
      const features = b.concat([b.globalMean(context), b.globalMax(context), b.max(map, [2, 3])]);
      const logits = b.dense(b.dropout(features, 0.2), { name: 'logits', out: classes, gain: 1 });
      return { logits, map };
    },
  });
}

export function ccdTraining(
  network: ReturnType<typeof ccdNetwork>,
  options: {
    threads?: number;
    profilePrefix?: string;
    height?: number;
    width?: number;
    classes?: number;
  } = {},
): TrainingSession {
  const { height = 512, width = 256, classes = 16, ...rest } = options;
  return compileTraining(network, {
    targets: {
      classes: ['N', classes],
      classWeights: ['N', classes],
      maps: ['N', classes, height / 2, width / 2],
      mapWeights: ['N', classes, height / 2, width / 2],
    },
    loss(b, { logits, map }, targets) {
      const label = b.weightedMean(b.bceWithLogits(logits, targets.classes), targets.classWeights);
      const pixel = b.weightedMean(b.bceWithLogits(map, targets.maps), targets.mapWeights);
      return { loss: b.add(label, pixel), parts: { label, pixel } };
    },
    gradientClip: 5,
    averageDecay: 0.999,
    ...rest,
  });
}

/** Seeded stand-ins for CCDs and labels. */
export function ccdBatch(batch: number, height = 512, width = 256, classes = 16, seed = 1) {
  let state = seed;
  const fill = (count: number, value: (u: number) => number) =>
    Float32Array.from({ length: count }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return value(state / 4294967296);
    });
  const area = (height / 2) * (width / 2);
  return {
    image: fill(batch * 9 * height * width, (u) => 2 * u - 1),
    classes: fill(batch * classes, (u) => (u < 0.2 ? 1 : 0)),
    classWeights: fill(batch * classes, (u) => (u < 0.1 ? 0 : 1)),
    maps: fill(batch * classes * area, (u) => (u < 0.05 ? 1 : 0)),
    mapWeights: fill(batch * classes * area, (u) => (u < 0.1 ? 0 : 1)),
  };
}
