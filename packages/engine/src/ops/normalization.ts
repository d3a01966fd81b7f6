import type { Operator } from '../operator.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';

export interface BatchNormAttributes {
  readonly epsilon: number;
  /** Share of each batch's statistics in the running ones (PyTorch's momentum, default there 0.1). */
  readonly momentum: number;
  /** Names of the running statistics. */
  readonly mean: string;
  readonly variance: string;
}

function checked(inputs: readonly Shape[]): Shape {
  const [x, ...vectors] = inputs;
  if (x.length !== 4 && x.length !== 2) {
    throw new ShapeError(
      `${formatShape(x)} must be [batch, channels] or [batch, channels, height, width]; reshape it`,
    );
  }
  for (const vector of vectors) {
    if (vector.length !== 1 || vector[0] !== x[1]) {
      throw new ShapeError(
        `parameter ${formatShape(vector)} does not fit ${formatShape(x)}; it must be [${x[1]}]`,
      );
    }
  }
  return x;
}

const reducedAxes = (x: Value) => x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
const perChannel = (g: Graph, vector: Value, x: Value) =>
  g.reshape(
    vector,
    x.shape.map((extent, axis) => (axis === 1 ? extent : 1)),
  );

/**
 * Batch normalisation in training: y = γ (x − μ)/√(σ² + ε) + β with the batch's own mean and (biased) variance per channel;
 * running statistics are updated with the unbiased variance, as PyTorch does. Inputs x, γ, β. (Ioffe & Szegedy 2015.)
 */
export const batchNorm: Operator<BatchNormAttributes> = {
  name: 'batchNorm',
  shape(inputs) {
    const x = checked(inputs);
    if (elementCount(x) / x[1] < 2) {
      throw new ShapeError(
        `${formatShape(x)} has one value per channel, whose variance is 0; train with a larger batch`,
      );
    }
    return x;
  },
  emit(g, [x, gamma, beta], { epsilon, momentum, mean, variance }) {
    const axes = reducedAxes(x);
    const count = elementCount(x.shape) / x.shape[1];
    const mu = g.reduce('Mean', x, axes, true);
    const centred = g.sub(x, mu);
    const sigma2 = g.reduce('Mean', g.mul(centred, centred), axes, true);
    const inverse = g.div(g.scalar(1), g.unary('Sqrt', g.add(sigma2, g.scalar(epsilon))));
    const scale = g.mul(perChannel(g, gamma, x), inverse);
    const output = g.add(g.mul(centred, scale), perChannel(g, beta, x));
    const flat = (value: Value) => g.reshape(value, gamma.shape);
    const unbiased = g.mul(sigma2, g.scalar(count / (count - 1)));
    return {
      output,
      saved: [mu, inverse],
      updates: {
        [mean]: { value: flat(mu), rate: momentum },
        [variance]: { value: flat(unbiased), rate: momentum },
      },
    };
  },
  // dx = γ/σ · (d − mean(d) − x̂ · mean(d·x̂)); dγ = Σ d·x̂; dβ = Σ d.
  gradient(g, { inputs: [x, gamma], saved: [mu, inverse], gradient: d, wanted }) {
    const axes = reducedAxes(x);
    const count = elementCount(x.shape) / x.shape[1];
    const normalised = g.mul(g.sub(x, mu), inverse);
    const dBeta = g.reduce('Sum', d, axes, true);
    const dGamma = g.reduce('Sum', g.mul(d, normalised), axes, true);
    let dx: Value | null = null;
    if (wanted[0]) {
      const scale = g.mul(perChannel(g, gamma, x), inverse);
      const mean = (total: Value) => g.mul(total, g.scalar(1 / count));
      dx = g.mul(scale, g.sub(g.sub(d, mean(dBeta)), g.mul(normalised, mean(dGamma))));
    }
    return [dx, g.reshape(dGamma, gamma.shape), g.reshape(dBeta, gamma.shape)];
  },
};

/** Batch normalisation with fixed statistics. Inputs x, γ, β, mean, variance; the statistics get no gradient. */
export const frozenBatchNorm: Operator<{ readonly epsilon: number }> = {
  name: 'frozenBatchNorm',
  shape: checked,
  emit: (g, inputs, { epsilon }) => ({
    output: g.node('BatchNormalization', inputs, { epsilon: { float: epsilon } }, inputs[0].shape),
  }),
  gradient(g, { inputs: [x, gamma, , mean, variance], gradient: d, attributes: { epsilon }, wanted }) {
    const deviation = g.unary('Sqrt', g.add(perChannel(g, variance, x), g.scalar(epsilon)));
    const normalised = () => g.div(g.sub(x, perChannel(g, mean, x)), deviation);
    const axes = reducedAxes(x);
    return [
      wanted[0] ? g.mul(d, g.div(perChannel(g, gamma, x), deviation)) : null,
      wanted[1] ? g.reduce('Sum', g.mul(d, normalised()), axes, false) : null,
      wanted[2] ? g.reduce('Sum', d, axes, false) : null,
      null,
      null,
    ];
  },
};
