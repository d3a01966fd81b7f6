import type { Operator } from '../operator.ts';
import { formatShape, sameShape, ShapeError } from '../shape.ts';

/**
 * Binary cross-entropy of logits z against targets t in [0, 1], element by element and before any weight or mean:
 * max(z, 0) − z·t + log(1 + e^−|z|), which overflows for no z. Targets get no gradient.
 */
export const bceWithLogits: Operator<Record<never, never>> = {
  name: 'bceWithLogits',
  shape([logits, targets]) {
    if (!sameShape(logits, targets)) {
      throw new ShapeError(
        `logits ${formatShape(logits)} and targets ${formatShape(targets)} must have the same shape; reshape one of them`,
      );
    }
    return logits;
  },
  emit(g, [z, t]) {
    // log(1 + e^−|z|) as −log σ(|z|): ONNX Runtime's Sigmoid is vectorised, its Softplus is not.
    const tail = g.unary('Log', g.unary('Sigmoid', g.unary('Abs', z)));
    return { output: g.sub(g.sub(g.unary('Relu', z), g.mul(z, t)), tail) };
  },
  gradient: (g, { inputs: [z, t], gradient, wanted }) => [
    wanted[0] ? g.mul(g.sub(g.unary('Sigmoid', z), t), gradient) : null,
    null,
  ],
};
