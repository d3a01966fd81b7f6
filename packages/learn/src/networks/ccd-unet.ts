import { defineNetwork } from '@blemish/engine';
import type { Builder, Conv2dOptions, NetworkDefinition, Tensor } from '@blemish/engine';

export interface CcdUnetOptions {
  /** Channels of the image, its height and width in bins (multiples of 32). */
  readonly channels: number;
  /** Maps of evidence in cells of two bins. */
  readonly evidence: number;
  readonly height: number;
  readonly width: number;
  /** Side of the stacked star stamp. */
  readonly starSize: number;
  /** Numbers given beside the image. */
  readonly scalars: number;
  /** Artifact classes K. */
  readonly classes: number;
  /** Channels of the first layer. */
  readonly base: number;
}

/** One value per class for the CCD; one per class and cell of two bins; one per class from the numbers alone. Logits. */
export type CcdUnet = NetworkDefinition<
  'image' | 'evidence' | 'stars' | 'scalars',
  'logits' | 'map' | 'numbers'
>;

/**
 * A small U-Net (Ronneberger et al. 2015) over a binned CCD, with a second input: the CCD's stacked star image, whose shape tells
 * guiding and focus where the bins cannot.
 *
 * - `image` [N, channels, height, width], `evidence` [N, evidence, height / 2, width / 2], `stars` [N, 1, starSize, starSize], `scalars` [N, scalars]
 * - `logits` [N, K], `map` [N, K, height / 2, width / 2], `numbers` [N, K]
 *
 * The first two steps join 2×2 neighbours without overlap and the map takes them apart again in the same way: three quarters of the
 * work at the finest scale is memory traffic, which this saves.
 * Row and column means are fed back at three depths: an amplifier's step, a bad column or a hatched edge is faint in every pixel and
 * plain in the mean of a column or row, which local kernels never see.
 */
export function ccdUnet(options: CcdUnetOptions): CcdUnet {
  const { channels, evidence, height, width, starSize, scalars, classes, base } = options;
  if (height % 32 !== 0 || width % 32 !== 0) {
    throw new RangeError(`the canvas is ${height}×${width} bins; both must be multiples of 32`);
  }
  const [c0, c1, c2] = [2 * base, 4 * base, 6 * base] as const;
  return defineNetwork({
    name: 'ccd-unet',
    inputs: {
      image: ['N', channels, height, width],
      evidence: ['N', evidence, height / 2, width / 2],
      stars: ['N', 1, starSize, starSize],
      scalars: ['N', scalars],
    },
    build(b, inputs) {
      const cells = joined(b, inputs.image, inputs.evidence, c0);
      const patches = block(b, 'patches', cells, c0, halving);
      const s0 = profiles(b, 'profiles0', block(b, 'down0b', block(b, 'down0a', patches, c0), c0), c0);
      const s1 = profiles(
        b,
        'profiles1',
        block(b, 'down1b', block(b, 'down1a', s0, c1, { stride: 2 }), c1),
        c1,
      );
      const s2 = profiles(
        b,
        'profiles2',
        block(b, 'down2b', block(b, 'down2a', s1, c2, { stride: 2 }), c2),
        c2,
      );
      // A pixel of this scale is 128 px of the CCD: ghosts, rims and halos reach over a thousand.
      const s3 = profiles(
        b,
        'profiles3',
        block(b, 'down3b', block(b, 'down3a', s2, c2, { stride: 2 }), c2),
        c2,
      );
      const u2 = block(b, 'up2', rise(b, 'rise2', s3, s2, c2), c2);
      const u1 = block(b, 'up1', rise(b, 'rise1', u2, s1, c1), c1);
      const u0 = block(b, 'up0', rise(b, 'rise0', u1, s0, c0), c0);
      // What is plain in one cell needs no detour over the coarser scales.
      const map = b.add(
        b.convTranspose2d(u0, { name: 'map', out: classes, kernel: 2, stride: 2, startBias: -5 }),
        b.conv2d(cells, { name: 'detail', out: classes, kernel: 1, bias: false }),
      );

      const summary = b.concat([
        b.globalMean(cells),
        b.globalMean(s0),
        b.globalMean(s1),
        b.globalMean(s2),
        b.globalMean(s3),
        b.globalMax(s1),
        b.globalMax(s2),
        b.globalMax(s3),
        b.globalMax(u0),
        b.globalMax(map),
        b.globalMax(inputs.evidence),
        b.globalMean(inputs.evidence),
        starShape(b, inputs.stars),
        inputs.scalars,
      ]);
      const hidden = b.relu(b.dense(b.dropout(summary, 0.2), { name: 'hidden', out: 8 * base }));
      const answer = b.dense(b.dropout(hidden, 0.2), { name: 'logits', out: classes, gain: 0.1 });
      const numbers = fromNumbers(b, inputs.scalars, classes);
      const logits = b.add(
        b.add(answer, weighed(b, 'presence', b.globalMax(map), classes)),
        weighed(b, 'trust', numbers, classes),
      );
      return { logits, map, numbers };
    },
  });
}

/** Joins 2×2 neighbours without overlap. */
const halving = { kernel: 2, stride: 2, padding: 0 } as const;

/** Both inputs in one: relu(norm(convolution of the image, halved + convolution of the evidence)). */
function joined(b: Builder, image: Tensor, evidence: Tensor, out: number): Tensor {
  return b.scope('cells', () => {
    const bins = b.conv2d(image, { name: 'image', out, bias: false, ...halving });
    const cells = b.conv2d(evidence, { name: 'evidence', out, kernel: 1, bias: false });
    return b.relu(normalised(b, b.add(bins, cells)));
  });
}

/**
 * Batch normalisation whose running statistics reach over a hundred batches. Batches are small and a rare artifact moves the variance of
 * its own by much: with the customary ten, what the network answered depended on the last few batches it had seen, and the loss on
 * validation CCDs went up and down by a fifth from epoch to epoch. A training of fewer than some 300 steps has not forgotten what they began with.
 */
function normalised(b: Builder, x: Tensor): Tensor {
  return b.batchNorm(x, { name: 'norm', momentum: 0.01 });
}

/** Convolution, batch normalisation, ReLU. */
function block(
  b: Builder,
  name: string,
  x: Tensor,
  out: number,
  options: Pick<Conv2dOptions, 'kernel' | 'stride' | 'padding'> = {},
): Tensor {
  return b.scope(name, () =>
    b.relu(normalised(b, b.conv2d(x, { name: 'conv', out, bias: false, ...options }))),
  );
}

/** x + f(mean over rows) + g(mean over columns), f and g short convolutions along what is left. */
function profiles(b: Builder, name: string, x: Tensor, channels: number): Tensor {
  return b.scope(name, () => {
    const columns = block(b, 'columns', b.mean(x, [2], true), channels, { kernel: [1, 5] });
    const rows = block(b, 'rows', b.mean(x, [3], true), channels, { kernel: [5, 1] });
    return b.add(b.add(x, columns), rows);
  });
}

/** The coarser map with as many channels as the finer one, doubled in size and added to it. */
function rise(b: Builder, name: string, coarse: Tensor, fine: Tensor, channels: number): Tensor {
  return b.add(fine, b.upsample(b.conv2d(coarse, { name, out: channels, kernel: 1 })));
}

/**
 * A class's evidence times a weight learned for the class. The highest logit on its map says that it is there without the summary
 * having to learn it class by class.
 */
function weighed(b: Builder, name: string, evidence: Tensor, classes: number): Tensor {
  const weight = b.parameter(name, [1, classes], { kind: 'constant', value: 0.5 }, { decay: false });
  return b.mul(evidence, weight);
}

/**
 * What the numbers alone say, trained to be right by itself. Each is a sum over a million pixels that may settle a class, and as one of
 * hundreds of inputs to the summary, or with a way of its own but no aim of its own, it was hardly used: on validation CCDs the step
 * between rows told vertical jumps with an AUC of 0.90 and the network that had it there with 0.45, then 0.72.
 */
function fromNumbers(b: Builder, scalars: Tensor, classes: number): Tensor {
  return b.scope('numbers', () => {
    // Not normalised: mean and variance over the eight rows of a batch say more of the batch than of a CCD.
    const hidden = b.relu(b.dense(scalars, { name: 'hidden', out: 64 }));
    return b.dense(hidden, { name: 'logits', out: classes, gain: 0.1 });
  });
}

function starShape(b: Builder, stars: Tensor): Tensor {
  return b.scope('stars', () => {
    const a = block(b, 'a', stars, 8, { stride: 2 });
    const c = block(b, 'c', block(b, 'b', a, 16, { stride: 2 }), 32, { stride: 2 });
    return b.relu(b.dense(b.flatten(c), { name: 'shape', out: 32 }));
  });
}
