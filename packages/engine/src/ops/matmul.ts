import type { Operator } from '../operator.ts';
import { broadcastShapes, formatShape, ShapeError } from '../shape.ts';

type None = Record<never, never>;

/** Matrix product over the last two axes, the leading ones broadcast: [.., M, K] × [.., K, P] → [.., M, P]. */
export const matmul: Operator<None> = {
  name: 'matmul',
  shape([a, b]) {
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
      throw new ShapeError(
        `${formatShape(a)} × ${formatShape(b)}: the last extent of the first must equal the last but one of the ` +
          'second; transpose or reshape one of them',
      );
    }
    return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
  },
  emit: (g, [a, b]) => ({ output: g.matmul(a, b) }),
  gradient: (g, { inputs: [a, b], gradient, wanted }) => [
    wanted[0] ? g.sumTo(g.matmul(gradient, b, { transposeB: true }), a.shape) : null,
    wanted[1] ? g.sumTo(g.matmul(a, gradient, { transposeA: true }), b.shape) : null,
  ],
};

/** Fully connected: x [N, I], weight [O, I], bias [O] → x·weightᵀ + bias [N, O]. */
export const dense: Operator<None> = {
  name: 'dense',
  shape([x, weight, bias]) {
    if (x.length !== 2 || weight.length !== 2 || x[1] !== weight[1]) {
      throw new ShapeError(
        `input ${formatShape(x)} does not fit weight ${formatShape(weight)}: the input must be [batch, ${weight[1]}]; ` +
          'flatten it or change the number of input features',
      );
    }
    if (bias && (bias.length !== 1 || bias[0] !== weight[0])) {
      throw new ShapeError(
        `bias ${formatShape(bias)} does not fit weight ${formatShape(weight)}; it must be [${weight[0]}]`,
      );
    }
    return [x[0], weight[0]];
  },
  emit: (g, [x, weight, bias]) => ({ output: g.gemm(x, weight, bias ?? null, { transposeB: true }) }),
  gradient: (g, { inputs: [x, weight], gradient, wanted }) => [
    wanted[0] ? g.gemm(gradient, weight, null) : null,
    wanted[1] ? g.gemm(gradient, x, null, { transposeA: true }) : null,
    wanted[2] ? g.reduce('Sum', gradient, [0], false) : null,
  ],
};
