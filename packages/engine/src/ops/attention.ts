import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';

/** Taken from the score of a key that the mask leaves out; e to the minus that is 0. */
const masked = 1e9;

/**
 * Multi-head scaled dot-product attention, softmax(Q·Kᵀ/√d)·V (Vaswani et al. 2017, eq. 1), of packed queries, keys and values:
 * [N, T, 3·D] → [N, T, D], each third in `heads` of d = D / heads. A mask [N, T] of ones and zeros leaves out the keys at its
 * zeros; where all are left out the answer is the mean of all values. The mask gets no gradient.
 */
export const attention: Operator<{ readonly heads: number }> = {
  name: 'attention',
  shape([packed, mask], { heads }) {
    if (packed.length !== 3 || !Number.isInteger(heads) || heads < 1 || packed[2] % (3 * heads) !== 0) {
      throw new ShapeError(
        `${formatShape(packed)} cannot be attended with ${heads} heads: it must be [batch, items, 3 · features] and the ` +
          'features divide into the heads; change one of them',
      );
    }
    if (mask && (mask.length !== 2 || mask[0] !== packed[0] || mask[1] !== packed[1])) {
      throw new ShapeError(
        `mask ${formatShape(mask)} does not fit ${formatShape(packed)}; it must be ${formatShape(packed.slice(0, 2))}`,
      );
    }
    return [packed[0], packed[1], packed[2] / 3];
  },
  emit(g, [packed, mask], { heads }) {
    const [batch, items, width] = packed.shape;
    const size = width / 3 / heads;
    const split = g.transpose(g.reshape(packed, [batch, items, 3, heads, size]), [2, 0, 3, 1, 4]);
    const [query, key, value] = [0, 1, 2].map((k) =>
      g.reshape(g.slice(split, [0], [k], [k + 1]), [batch, heads, items, size]),
    );
    const scores = g.matmul(query, key, { transposeB: true, alpha: scale(size) });
    const shares = g.unary('Softmax', mask ? g.add(scores, keyBias(g, mask)) : scores, { axis: -1 });
    const attended = g.matmul(shares, value);
    const output = g.reshape(g.transpose(attended, [0, 2, 1, 3]), [batch, items, heads * size]);
    return { output, saved: [query, key, value, shares, attended] };
  },
  gradient(g, { inputs: [packed], saved: [query, key, value, shares, attended], gradient }) {
    const [batch, heads, items, size] = query.shape;
    const d = g.transpose(g.reshape(gradient, [batch, items, heads, size]), [0, 2, 1, 3]);
    // Σ over keys of shares · their gradient is Σ over features of output · its gradient.
    const total = g.reduce('Sum', g.mul(d, attended), [3], true);
    const dScores = g.mul(shares, g.sub(g.matmul(d, value, { transposeB: true }), total));
    const parts = [
      g.matmul(dScores, key, { alpha: scale(size) }),
      g.matmul(dScores, query, { transposeA: true, alpha: scale(size) }),
      g.matmul(shares, d, { transposeA: true }),
    ].map((part) => g.reshape(part, [1, batch, heads, items, size]));
    const joined = g.transpose(g.concat(parts, 0), [1, 3, 0, 2, 4]);
    return [g.reshape(joined, packed.shape), null];
  },
};

const scale = (size: number) => 1 / Math.sqrt(size);

/** 0 where the mask is 1, far below any score where it is 0: [N, T] → [N, 1, 1, T]. */
function keyBias(g: Graph, mask: Value): Value {
  const bias = g.mul(g.sub(mask, g.scalar(1)), g.scalar(masked));
  return g.reshape(bias, [mask.shape[0], 1, 1, mask.shape[1]]);
}
