import type { Operator } from '../operator.ts';
import { ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

function checked([x]: readonly Shape[]): Shape {
  if (x.length === 0) throw new ShapeError('a scalar has no axis to share out; give at least one axis');
  return x;
}

/** Over the last axis: e^x / Σ e^x. */
export const softmax: Operator<Record<never, never>> = {
  name: 'softmax',
  shape: checked,
  emit: (g, [x]) => ({ output: g.unary('Softmax', x, { axis: -1 }) }),
  gradient(g, { output, gradient }) {
    const product = g.mul(output, gradient);
    return [g.sub(product, g.mul(output, g.reduce('Sum', product, [-1], true)))];
  },
};

/** Over the last axis: x − log Σ e^x. */
export const logSoftmax: Operator<Record<never, never>> = {
  name: 'logSoftmax',
  shape: checked,
  emit: (g, [x]) => ({ output: g.unary('LogSoftmax', x, { axis: -1 }) }),
  gradient(g, { output, gradient }) {
    const total = g.reduce('Sum', gradient, [-1], true);
    return [g.sub(gradient, g.mul(g.unary('Exp', output), total))];
  },
};
