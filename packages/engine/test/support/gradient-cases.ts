import { convAttributes } from '../../src/ops/conv-attributes.ts';
import type { ConvAttributes } from '../../src/ops/conv-attributes.ts';
import type { ConvTransposeAttributes } from '../../src/ops/conv-transpose.ts';
import type { MatmulAttributes } from '../../src/ops/matmul.ts';
import type { PoolAttributes } from '../../src/ops/pool.ts';
import type { operators } from '../../src/ops/table.ts';
import type { GradientCase } from './gradient-check.ts';

const pool = (
  kernel: readonly [number, number],
  stride: readonly [number, number],
  padding: readonly [number, number, number, number] = [0, 0, 0, 0],
): PoolAttributes => ({ kernel, stride, padding });
const product = (given: Partial<MatmulAttributes> = {}): MatmulAttributes => ({
  transposeA: false,
  transposeB: false,
  alpha: 1,
  ...given,
});
const transposed = (
  given: Partial<ConvAttributes>,
  outputPadding: readonly [number, number] = [0, 0],
): ConvTransposeAttributes => ({ ...convAttributes(given), outputPadding });
/** The first input as it is, the others as whole numbers 0 to 3. */
const whole = (u: number, k: number) => (k === 0 ? u : Math.floor(2 * (u + 1)));
const positive = (u: number) => 1.5 + u;
/** So far apart that the finite difference's step does not change which is the largest. */
const spaced = (u: number) => 20 * u;
/** Away from the kink at 0 by more than the finite difference's step. */
const apart = (u: number) => u + 0.05 * Math.sign(u);
const same = convAttributes({ padding: [1, 1, 1, 1] });

/** Inputs that put each operator's rule to the test: its gradient, and its nodes in every form and on every device. */
export const gradientCases: Record<keyof typeof operators, readonly GradientCase[]> = {
  add: [
    {
      inputs: [
        [2, 3, 4],
        [3, 1],
      ],
    },
    { inputs: [[1], [2, 3]] },
  ],
  sub: [
    {
      inputs: [
        [2, 3, 4],
        [3, 1],
      ],
    },
    { inputs: [[4], [2, 4]] },
  ],
  mul: [
    {
      inputs: [
        [2, 3, 4],
        [1, 3, 1],
      ],
    },
    { inputs: [[], [2, 3]] },
  ],
  div: [
    { inputs: [[2, 3], [3]], domain: positive },
    { inputs: [[3], [2, 3]], domain: positive },
  ],
  neg: [{ inputs: [[2, 3]] }],
  exp: [{ inputs: [[2, 3]] }],
  log: [{ inputs: [[2, 3]], domain: positive }],
  sqrt: [{ inputs: [[2, 3]], domain: positive }],
  abs: [{ inputs: [[3, 5]], domain: apart }],
  pow: [
    { inputs: [[2, 3]], attributes: { exponent: 2 } },
    { inputs: [[2, 3]], attributes: { exponent: -1.5 }, domain: positive },
  ],
  clip: [
    {
      inputs: [[3, 5]],
      attributes: { least: -0.4, most: 0.6 },
      domain: (u) => u + 0.05 * Math.sign(u - 0.1),
    },
  ],
  logCosh: [{ inputs: [[2, 3]], domain: (u) => 3 * u }],
  relu: [{ inputs: [[3, 5]], domain: apart }],
  sigmoid: [{ inputs: [[2, 3]] }],
  tanh: [{ inputs: [[2, 3]] }],
  silu: [{ inputs: [[2, 3]] }],
  softplus: [{ inputs: [[2, 3]] }],
  leakyRelu: [{ inputs: [[3, 5]], attributes: { slope: 0.1 }, domain: apart }],
  gelu: [{ inputs: [[3, 5]], domain: (u) => 3 * u }],
  erf: [{ inputs: [[3, 5]], domain: (u) => 3 * u }],
  matmul: [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
      attributes: product(),
    },
    {
      inputs: [
        [2, 2, 3],
        [3, 4],
      ],
      attributes: product({ alpha: 0.5 }),
    },
    {
      inputs: [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
      attributes: product(),
    },
    {
      inputs: [
        [2, 3, 2],
        [3, 4],
      ],
      attributes: product({ transposeA: true, alpha: 2 }),
    },
    {
      inputs: [
        [2, 1, 2, 3],
        [3, 4, 3],
      ],
      attributes: product({ transposeB: true, alpha: 0.3 }),
    },
    {
      inputs: [
        [2, 3, 2],
        [2, 4, 3],
      ],
      attributes: product({ transposeA: true, transposeB: true }),
    },
  ],
  dense: [
    { inputs: [[2, 3], [4, 3], [4]] },
    { inputs: [[2, 5, 3], [4, 3], [4]] },
    {
      inputs: [
        [2, 3],
        [4, 3],
      ],
    },
  ],
  conv2d: [
    // Channels in fours go through the blocked kernels where the processor has them.
    { inputs: [[1, 4, 4, 3], [12, 4, 3, 3], [12]], attributes: same },
    {
      inputs: [
        [1, 12, 4, 4],
        [4, 12, 3, 3],
      ],
      attributes: convAttributes({ stride: [2, 2], padding: [1, 1, 1, 1] }),
    },
    { inputs: [[2, 3, 5, 4], [4, 3, 3, 3], [4]], attributes: same },
    {
      inputs: [[2, 3, 4, 6], [2, 3, 1, 1], [2]],
      attributes: convAttributes({ stride: [1, 1], padding: [0, 0, 0, 0] }),
    },
    {
      inputs: [[2, 3, 6, 8], [4, 3, 3, 3], [4]],
      attributes: convAttributes({ stride: [2, 2], padding: [1, 1, 1, 1] }),
    },
    {
      inputs: [
        [1, 2, 7, 5],
        [3, 2, 3, 3],
      ],
      attributes: convAttributes({ stride: [2, 2], padding: [1, 1, 1, 1] }),
    },
    {
      inputs: [
        [1, 2, 6, 6],
        [3, 2, 5, 5],
      ],
      attributes: convAttributes({ stride: [1, 1], padding: [2, 2, 2, 2] }),
    },
    {
      inputs: [
        [1, 2, 6, 7],
        [3, 2, 4, 2],
      ],
      attributes: convAttributes({ stride: [1, 1], padding: [1, 0, 2, 1] }),
    },
    {
      inputs: [
        [1, 2, 8, 8],
        [3, 2, 4, 4],
      ],
      attributes: convAttributes({ stride: [4, 4], padding: [0, 0, 0, 0] }),
    },
    {
      inputs: [
        [1, 2, 9, 8],
        [3, 2, 3, 2],
      ],
      attributes: convAttributes({ stride: [3, 3], padding: [0, 0, 0, 0] }),
    },
    {
      inputs: [
        [1, 2, 6, 6],
        [3, 2, 1, 1],
      ],
      attributes: convAttributes({ stride: [2, 2], padding: [0, 0, 0, 0] }),
    },
    // Small maps of many images, whose batch is laid innermost; weights many times the image's size.
    {
      inputs: [[8, 2, 3, 4], [6, 2, 3, 3], [6]],
      attributes: convAttributes({ stride: [2, 1], padding: [1, 1, 1, 1] }),
    },
    {
      inputs: [
        [8, 2, 5, 5],
        [3, 2, 2, 3],
      ],
      attributes: convAttributes({ stride: [3, 2], dilation: [2, 1], padding: [1, 2, 0, 1] }),
    },
    {
      inputs: [
        [9, 4, 2, 2],
        [5, 4, 1, 1],
      ],
      attributes: convAttributes(),
    },
    {
      inputs: [
        [32, 2, 3, 4],
        [2, 2, 2, 3],
      ],
      attributes: convAttributes({ stride: [1, 2], padding: [1, 1, 0, 1] }),
    },
    // One column per kernel element, then fewer for outputs than for channels.
    { inputs: [[2, 1, 5, 4], [6, 1, 3, 3], [6]], attributes: same },
    { inputs: [[2, 6, 5, 4], [2, 6, 3, 3], [2]], attributes: same },
    // Dilation, rectangular strides, groups, depthwise, and a kernel that reaches beyond the map on all sides.
    {
      inputs: [[2, 3, 7, 8], [4, 3, 3, 3], [4]],
      attributes: convAttributes({ dilation: [2, 3], padding: [2, 3, 2, 3] }),
    },
    {
      inputs: [
        [1, 2, 9, 8],
        [3, 2, 3, 2],
      ],
      attributes: convAttributes({ stride: [2, 3], dilation: [3, 2], padding: [1, 0, 2, 1] }),
    },
    {
      inputs: [[2, 4, 5, 6], [6, 2, 3, 3], [6]],
      attributes: convAttributes({ stride: [1, 2], padding: [1, 1, 1, 1], groups: 2 }),
    },
    {
      inputs: [[2, 4, 5, 6], [4, 1, 3, 3], [4]],
      attributes: convAttributes({ padding: [1, 1, 1, 1], groups: 4 }),
    },
    {
      inputs: [
        [2, 4, 5, 5],
        [8, 1, 3, 3],
      ],
      attributes: convAttributes({ stride: [2, 2], padding: [1, 1, 1, 1], groups: 4 }),
    },
    {
      inputs: [
        [2, 2, 1, 2],
        [3, 2, 7, 5],
      ],
      attributes: convAttributes({ padding: [3, 2, 3, 2] }),
    },
    {
      inputs: [
        [2, 2, 3, 3],
        [3, 2, 1, 2],
      ],
      attributes: convAttributes({ padding: [1, 2, 1, 2] }),
    },
  ],
  convTranspose2d: [
    {
      inputs: [[2, 3, 3, 4], [3, 2, 3, 3], [2]],
      attributes: transposed({ stride: [2, 2], padding: [1, 1, 1, 1] }, [1, 1]),
    },
    {
      inputs: [
        [1, 4, 4, 3],
        [4, 8, 3, 3],
      ],
      attributes: transposed({ padding: [1, 1, 1, 1] }),
    },
    {
      inputs: [
        [1, 2, 3, 3],
        [2, 3, 2, 4],
      ],
      attributes: transposed({ stride: [3, 2], padding: [0, 1, 1, 0] }, [2, 0]),
    },
    {
      inputs: [[2, 4, 3, 2], [4, 1, 3, 2], [2]],
      attributes: transposed({ stride: [1, 2], dilation: [2, 1], groups: 2 }, [0, 1]),
    },
    {
      inputs: [
        [1, 2, 2, 3],
        [2, 3, 3, 3],
      ],
      attributes: transposed({ padding: [2, 0, 1, 1] }),
    },
    {
      inputs: [[8, 3, 2, 2], [3, 2, 3, 3], [2]],
      attributes: transposed({ stride: [2, 2], padding: [1, 1, 1, 1] }, [1, 0]),
    },
    {
      inputs: [
        [8, 2, 2, 3],
        [2, 3, 3, 2],
      ],
      attributes: transposed({ stride: [2, 3], dilation: [1, 2], padding: [0, 1, 1, 0] }, [0, 2]),
    },
  ],
  maxPool: [
    { inputs: [[2, 2, 4, 6]], attributes: pool([2, 2], [2, 2]) },
    { inputs: [[1, 2, 6, 3]], attributes: pool([3, 1], [3, 1]) },
    { inputs: [[2, 2, 5, 7]], attributes: pool([3, 3], [2, 2], [1, 1, 1, 1]), domain: spaced },
    { inputs: [[1, 2, 5, 4]], attributes: pool([2, 3], [1, 2], [0, 2, 1, 0]), domain: spaced },
    { inputs: [[1, 1, 7, 7]], attributes: pool([2, 2], [3, 3]) },
  ],
  averagePool: [
    { inputs: [[2, 2, 4, 6]], attributes: { ...pool([2, 2], [2, 2]), countPadding: true } },
    { inputs: [[2, 2, 5, 7]], attributes: { ...pool([3, 3], [2, 2], [1, 1, 1, 1]), countPadding: true } },
    { inputs: [[2, 2, 5, 7]], attributes: { ...pool([3, 3], [2, 2], [1, 1, 1, 1]), countPadding: false } },
    { inputs: [[1, 2, 5, 4]], attributes: { ...pool([2, 3], [1, 2], [0, 2, 1, 0]), countPadding: false } },
    { inputs: [[1, 1, 7, 6]], attributes: { ...pool([2, 2], [3, 3]), countPadding: true } },
  ],
  sum: [
    { inputs: [[2, 3, 4]], attributes: { axes: [1], keep: false } },
    { inputs: [[2, 3, 4]], attributes: { axes: [-1, 0], keep: true } },
  ],
  mean: [
    { inputs: [[2, 3, 4]], attributes: { axes: [1, 2], keep: false } },
    { inputs: [[2, 3, 4]], attributes: { axes: [2], keep: true } },
  ],
  max: [
    { inputs: [[2, 3, 4, 2]], attributes: { axes: [2, 3], keep: false } },
    { inputs: [[2, 3, 4]], attributes: { axes: [1], keep: true } },
  ],
  concat: [
    {
      inputs: [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      attributes: { axis: 1 },
    },
  ],
  slice: [{ inputs: [[2, 5, 3]], attributes: { axis: 1, start: 1, end: 4 } }],
  pad: [{ inputs: [[2, 3, 2]], attributes: { before: [0, 1, 0], after: [0, 2, 1] } }],
  gather: [
    {
      inputs: [
        [5, 3],
        [2, 4],
      ],
      constant: [1],
      domain: whole,
    },
    { inputs: [[4], [3]], constant: [1], domain: whole },
  ],
  resize: [
    { inputs: [[2, 3, 2, 3]], attributes: { size: [4, 6], mode: 'nearest' } },
    { inputs: [[2, 2, 4, 7]], attributes: { size: [7, 3], mode: 'nearest' } },
    { inputs: [[2, 2, 3, 4]], attributes: { size: [6, 8], mode: 'bilinear' } },
    { inputs: [[1, 2, 7, 5]], attributes: { size: [3, 9], mode: 'bilinear' } },
    { inputs: [[1, 2, 4, 5]], attributes: { size: [1, 1], mode: 'bilinear' } },
  ],
  reshape: [{ inputs: [[2, 6]], attributes: { shape: [3, 4] } }],
  mergeBatch: [{ inputs: [[2, 3, 2]] }],
  splitBatch: [{ inputs: [[6, 2]], attributes: { count: 3 } }],
  transpose: [{ inputs: [[2, 3, 4]], attributes: { permutation: [2, 0, 1] } }],

  center: [{ inputs: [[4, 3], [3]], attributes: { momentum: 0.9, state: 'mean' } }],
  batchNorm: [
    {
      inputs: [[3, 2, 2, 3], [2], [2]],
      attributes: { epsilon: 1e-5, momentum: 0.1, mean: 'mean', variance: 'variance' },
    },
    {
      inputs: [[6, 3], [3], [3]],
      attributes: { epsilon: 1e-3, momentum: 0.1, mean: 'mean', variance: 'variance' },
    },
  ],
  frozenBatchNorm: [
    {
      inputs: [[2, 3, 2, 2], [3], [3], [3], [3]],
      attributes: { epsilon: 1e-5 },
      domain: positive,
      constant: [3, 4],
    },
  ],
  layerNorm: [
    { inputs: [[3, 5], [5], [5]], attributes: { epsilon: 1e-5 } },
    { inputs: [[2, 3, 4], [4], [4]], attributes: { epsilon: 1e-2 } },
  ],
  groupNorm: [
    { inputs: [[2, 4, 3, 2], [4], [4]], attributes: { groups: 2, epsilon: 1e-5 } },
    { inputs: [[2, 3, 5], [3], [3]], attributes: { groups: 3, epsilon: 1e-2 } },
    { inputs: [[3, 6], [6], [6]], attributes: { groups: 1, epsilon: 1e-5 } },
  ],
  softmax: [{ inputs: [[3, 4]] }],
  logSoftmax: [{ inputs: [[3, 4]] }],
  attention: [
    { inputs: [[2, 5, 12]], attributes: { heads: 2 } },
    {
      inputs: [
        [2, 4, 9],
        [2, 4],
      ],
      attributes: { heads: 1 },
      constant: [1],
      domain: (u, k) => (k === 0 ? u : Number(u > -0.5)),
    },
  ],
  bceWithLogits: [
    {
      inputs: [
        [2, 3, 2],
        [2, 3, 2],
      ],
      constant: [1],
      domain: (u, k) => (k === 0 ? 4 * u : (u + 1) / 2),
    },
  ],
  gru: recurrentVariants(3),
  lstm: recurrentVariants(4),
  finalState: [
    { inputs: [[3, 4, 2]], attributes: { directions: 1 } },
    { inputs: [[3, 4, 4]], attributes: { directions: 2 } },
    { inputs: [[5, 4, 4], [5]], attributes: { directions: 2 }, ...lengths(1, 4) },
    { inputs: [[5, 4, 3], [5]], attributes: { directions: 1 }, ...lengths(1, 4) },
  ],
};

/** Inputs of a recurrent operator: x, weights and biases per direction, and lengths 1 … steps where masked. */
function recurrent(gates: number, directions: 1 | 2, masked: boolean, steps = 4): GradientCase {
  const [batch, features, hidden] = [3, 2, 3];
  const rows = gates * hidden;
  const weights = Array.from({ length: directions }, () => [
    [rows, features],
    [rows, hidden],
    [rows],
    [rows],
  ]);
  const inputs = [[batch, steps, features], ...weights.flat(), ...(masked ? [[batch]] : [])];
  const last = inputs.length - 1;
  return {
    inputs,
    attributes: { hidden, directions, masked },
    ...(masked ? lengths(last, steps) : {}),
  };
}

function recurrentVariants(gates: number): GradientCase[] {
  return [
    recurrent(gates, 1, false),
    recurrent(gates, 2, false),
    recurrent(gates, 1, true),
    recurrent(gates, 2, true),
    recurrent(gates, 2, false, 1),
  ];
}

/** Makes input `index` lengths from 1 to `steps`. */
function lengths(index: number, steps: number): Pick<GradientCase, 'constant' | 'domain'> {
  return { constant: [index], domain: (u, k) => (k === index ? 1 + Math.floor(((u + 1) / 2) * steps) : u) };
}
