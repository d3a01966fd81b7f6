import { elementTypes } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { anyBatch, formatShape, ShapeError } from '../shape.ts';

/**
 * Rows of `x` [V, ...] by number: indices [...I] → [...I, ...]. Indices come as float32, as all data does, and are cut to whole
 * numbers; −1 is the last row. A row taken several times gets the sum of their gradients. Running fails with ONNX Runtime's
 * message where an index is NaN or no row. (torch.nn.functional.embedding.)
 */
export const gather: Operator<Record<never, never>> = {
  name: 'gather',
  shape([x, indices]) {
    if (x.length === 0 || x[0] === anyBatch) {
      throw new ShapeError(
        `${formatShape(x)} has no rows of a known number to choose from with indices ${formatShape(indices)}; ` +
          'give a table of at least one axis whose first extent is fixed',
      );
    }
    return [...indices, ...x.slice(1)];
  },
  emit(g, [x, indices]) {
    const whole = g.node('Cast', [indices], { to: elementTypes.int64 }, indices.shape, { type: 'int64' });
    const shape = [...indices.shape, ...x.shape.slice(1)];
    return { output: g.node('Gather', [x, whole], { axis: 0 }, shape), saved: [whole] };
  },
  gradient(g, { inputs: [x, indices], saved: [whole], gradient, wanted }) {
    if (!wanted[0]) return [null, null];
    const list = g.reshape(whole, [...indices.shape, 1]);
    const zeros = g.zeros(x.shape);
    return [g.node('ScatterND', [zeros, list, gradient], { reduction: 'add' }, x.shape), null];
  },
};
