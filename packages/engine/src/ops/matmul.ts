import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { anyBatch, broadcastShapes, elementCount, formatShape, openExtents, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

export interface MatmulAttributes {
  /** Swap the last two axes of the first or second operand before multiplying. */
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Factor of the product. */
  readonly alpha: number;
}

const swapped = (shape: Shape, swap: boolean): Shape =>
  swap ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;

/** α·A·B over the last two axes, each operand transposed on request, leading axes broadcast: [.., M, K] × [.., K, P] → [.., M, P]. */
export const matmul: Operator<MatmulAttributes> = {
  name: 'matmul',
  shape([first, second], { transposeA, transposeB }) {
    const [a, b] = [swapped(first, transposeA), swapped(second, transposeB)];
    if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) {
      const mark = (shape: Shape, transposed: boolean) => formatShape(shape) + (transposed ? 'ᵀ' : '');
      throw new ShapeError(
        `${mark(first, transposeA)} × ${mark(second, transposeB)}: the last extent of the first must equal the last but ` +
          'one of the second; transpose or reshape one of them',
      );
    }
    return [...broadcastShapes(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
  },
  emit: (g, [a, b], attributes) => ({ output: g.matmul(a, b, attributes) }),
  gradient(g, { inputs: [a, b], gradient: d, wanted, attributes: { transposeA, transposeB, alpha } }) {
    const dA = () =>
      transposeA
        ? g.matmul(b, d, { transposeA: transposeB, transposeB: true, alpha })
        : g.matmul(d, b, { transposeB: !transposeB, alpha });
    const dB = () =>
      transposeB
        ? g.matmul(d, a, { transposeA: true, transposeB: transposeA, alpha })
        : g.matmul(a, d, { transposeA: !transposeA, alpha });
    return [wanted[0] ? g.sumTo(dA(), a.shape) : null, wanted[1] ? g.sumTo(dB(), b.shape) : null];
  },
};

/** Fully connected: x [N, I] or [N, T, I], weight [O, I], bias [O] → x·weightᵀ + bias [N, O] or [N, T, O]. */
export const dense: Operator<Record<never, never>> = {
  name: 'dense',
  shape([x, weight, bias]) {
    if ((x.length !== 2 && x.length !== 3) || weight.length !== 2 || x.at(-1) !== weight[1]) {
      throw new ShapeError(
        `input ${formatShape(x)} does not fit weight ${formatShape(weight)}: the input must be [batch, ${weight[1]}] or ` +
          `[batch, items, ${weight[1]}]; flatten it or change the number of input features`,
      );
    }
    if (bias && (bias.length !== 1 || bias[0] !== weight[0])) {
      throw new ShapeError(
        `bias ${formatShape(bias)} does not fit weight ${formatShape(weight)}; it must be [${weight[0]}]`,
      );
    }
    return [...x.slice(0, -1), weight[0]];
  },
  emit(g, [x, weight, bias]) {
    if (openExtents(x.shape).length > 1) {
      // Two open extents could not be told apart again after being put into one.
      const product = g.matmul(x, weight, { transposeB: true });
      return { output: bias ? g.add(product, bias) : product };
    }
    const output = g.gemm(rows(g, x), weight, bias ?? null, { transposeB: true });
    return { output: g.reshape(output, [...x.shape.slice(0, -1), weight.shape[0]]) };
  },
  gradient(g, { inputs: [x, weight], gradient, wanted }) {
    const d = rows(g, gradient);
    return [
      wanted[0] ? g.reshape(g.gemm(d, weight, null), x.shape) : null,
      wanted[1] ? g.gemm(d, rows(g, x), null, { transposeA: true }) : null,
      wanted[2] ? g.sumOfRows(d) : null,
    ];
  },
};

/** [everything else, features]; an open batch stays open. */
function rows(g: Graph, x: Value): Value {
  const count = elementCount(x.shape.slice(0, -1));
  return g.reshape(x, [count < 0 ? anyBatch : count, x.shape.at(-1)!]);
}
