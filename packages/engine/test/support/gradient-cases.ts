import type { operators } from '../../src/ops/table.ts';
import type { GradientCase } from './gradient-check.ts';

const positive = (u: number) => 1.5 + u;
/** Away from the kink at 0 by more than the finite difference's step. */
const apart = (u: number) => u + 0.05 * Math.sign(u);
const same = { stride: 1, padding: [1, 1, 1, 1] };

/** Inputs that put each operator's rule to the test: its gradient, and its nodes on every device. */
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
  relu: [{ inputs: [[3, 5]], domain: apart }],
  sigmoid: [{ inputs: [[2, 3]] }],
  tanh: [{ inputs: [[2, 3]] }],
  silu: [{ inputs: [[2, 3]] }],
  softplus: [{ inputs: [[2, 3]] }],
  matmul: [
    {
      inputs: [
        [2, 3],
        [3, 4],
      ],
    },
    {
      inputs: [
        [2, 2, 3],
        [3, 4],
      ],
    },
    {
      inputs: [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
    },
  ],
  dense: [
    { inputs: [[2, 3], [4, 3], [4]] },
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
      attributes: { stride: 2, padding: [1, 1, 1, 1] },
    },
    { inputs: [[2, 3, 5, 4], [4, 3, 3, 3], [4]], attributes: same },
    { inputs: [[2, 3, 4, 6], [2, 3, 1, 1], [2]], attributes: { stride: 1, padding: [0, 0, 0, 0] } },
    { inputs: [[2, 3, 6, 8], [4, 3, 3, 3], [4]], attributes: { stride: 2, padding: [1, 1, 1, 1] } },
    {
      inputs: [
        [1, 2, 7, 5],
        [3, 2, 3, 3],
      ],
      attributes: { stride: 2, padding: [1, 1, 1, 1] },
    },
    {
      inputs: [
        [1, 2, 6, 6],
        [3, 2, 5, 5],
      ],
      attributes: { stride: 1, padding: [2, 2, 2, 2] },
    },
    {
      inputs: [
        [1, 2, 6, 7],
        [3, 2, 4, 2],
      ],
      attributes: { stride: 1, padding: [1, 0, 2, 1] },
    },
    {
      inputs: [
        [1, 2, 8, 8],
        [3, 2, 4, 4],
      ],
      attributes: { stride: 4, padding: [0, 0, 0, 0] },
    },
    {
      inputs: [
        [1, 2, 9, 8],
        [3, 2, 3, 2],
      ],
      attributes: { stride: 3, padding: [0, 0, 0, 0] },
    },
    {
      inputs: [
        [1, 2, 6, 6],
        [3, 2, 1, 1],
      ],
      attributes: { stride: 2, padding: [0, 0, 0, 0] },
    },
  ],
  maxPool: [{ inputs: [[2, 2, 4, 6]] }],
  averagePool: [{ inputs: [[2, 2, 4, 6]] }],
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
  reshape: [{ inputs: [[2, 6]], attributes: { shape: [3, 4] } }],
  transpose: [{ inputs: [[2, 3, 4]], attributes: { permutation: [2, 0, 1] } }],
  upsample: [{ inputs: [[2, 3, 2, 3]] }],
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
  softmax: [{ inputs: [[3, 4]] }],
  logSoftmax: [{ inputs: [[3, 4]] }],
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
