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
  if (x.length < 2) {
    throw new ShapeError(`${formatShape(x)} must be [batch, channels, ...]; reshape it`);
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
    const count = elementCount(x.shape) / x.shape[1];
    const [output, mu, sigma2] =
      g.options.target === 'webgpu'
        ? normaliseByParts(g, x, gamma, beta, epsilon)
        : normalise(g, x, gamma, beta, epsilon);
    const unbiased = g.mul(sigma2, g.scalar(count / (count - 1)));
    return {
      output,
      saved: [mu, sigma2],
      updates: { [mean]: { value: mu, rate: momentum }, [variance]: { value: unbiased, rate: momentum } },
    };
  },
  // With x̂ = (x − μ)/σ: dβ = Σ d, dγ = Σ d·x̂, dx = γ/σ · (d − dβ/n − x̂·dγ/n) = a·d + (b·x + c).
  gradient(g, { inputs: [x, gamma], saved: [mu, sigma2], gradient: d, attributes: { epsilon }, wanted }) {
    const count = elementCount(x.shape) / x.shape[1];
    const inverse = g.div(g.scalar(1), g.unary('Sqrt', g.add(sigma2, g.scalar(epsilon))));
    const dBeta = channelSum(g, d);
    const dGamma = g.mul(inverse, g.sub(channelDot(g, d, x), g.mul(mu, dBeta)));
    if (!wanted[0]) return [null, dGamma, dBeta];
    const perElement = g.scalar(-1 / count);
    const a = g.mul(gamma, inverse);
    const b = g.mul(g.mul(a, inverse), g.mul(dGamma, perElement));
    const c = g.sub(g.mul(a, g.mul(dBeta, perElement)), g.mul(b, mu));
    return [g.add(g.mul(d, perChannel(g, a, x)), affine(g, x, b, c)), dGamma, dBeta];
  },
};

/** y, mean and biased variance in one node. */
function normalise(g: Graph, x: Value, gamma: Value, beta: Value, epsilon: number): Value[] {
  // With momentum 0 the "running" outputs are the batch's own mean and biased variance. ONNX Runtime writes them over the
  // old ones it is given, so these must be values that nothing else reads.
  const scratch = [g.unary('Neg', beta), g.unary('Neg', gamma)];
  return g.nodes(
    'BatchNormalization',
    [x, gamma, beta, ...scratch],
    { training_mode: 1, epsilon: { float: epsilon }, momentum: { float: 0 } },
    [x.shape, gamma.shape, gamma.shape],
  );
}

/** The same from simpler nodes: the WebGPU provider normalises with given statistics only. */
function normaliseByParts(g: Graph, x: Value, gamma: Value, beta: Value, epsilon: number): Value[] {
  const share = g.scalar(x.shape[1] / elementCount(x.shape));
  const mu = g.mul(channelSum(g, x), share);
  const centred = g.sub(x, perChannel(g, mu, x));
  const sigma2 = g.mul(channelSum(g, g.mul(centred, centred)), share);
  const factor = g.div(gamma, g.unary('Sqrt', g.add(sigma2, g.scalar(epsilon))));
  return [g.add(g.mul(centred, perChannel(g, factor, x)), perChannel(g, beta, x)), mu, sigma2];
}

/** [N, C, everything else] of the same elements. */
function planes(g: Graph, x: Value): Value {
  const [batch, channels, ...rest] = x.shape;
  return g.reshape(x, [batch, channels, elementCount(rest)]);
}

/** Σ over all but the channels, plane by plane first: two simple reductions are faster than one over split axes. */
function channelSum(g: Graph, x: Value): Value {
  return g.reduce('Sum', g.reduce('Sum', planes(g, x), [2], false), [0], false);
}

/** Elements of a plane up to which a dot product costs more to set up than it saves. */
const smallPlane = 64;

/** Σ a·b over all but the channels, as a dot product for each plane that is worth one. */
function channelDot(g: Graph, a: Value, b: Value): Value {
  const small = elementCount(a.shape.slice(2)) <= smallPlane;
  if (small || g.options.target === 'webgpu') return channelSum(g, g.mul(a, b));
  const row = (x: Value) => {
    const flat = planes(g, x);
    return g.reshape(flat, [flat.shape[0], flat.shape[1], 1, flat.shape[2]]);
  };
  return g.reduce('Sum', g.matmul(row(a), row(b), { transposeB: true }), [0, 2, 3], false);
}

/** factor·x + term by channel: normalisation with mean 0 and variance 1 is one pass over memory. */
function affine(g: Graph, x: Value, factor: Value, term: Value): Value {
  if (g.options.target === 'webgpu') {
    return g.add(g.mul(x, perChannel(g, factor, x)), perChannel(g, term, x));
  }
  const fill = (value: number) => g.constant(Array<number>(factor.shape[0]).fill(value), factor.shape);
  return g.node(
    'BatchNormalization',
    [x, factor, term, fill(0), fill(1)],
    { epsilon: { float: 0 } },
    x.shape,
  );
}

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
