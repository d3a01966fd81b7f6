import { contributedDomain } from '../onnx/graph.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { unary } from './elementwise.ts';

/** max(x, 0). The gradient at 0 is 0. */
export const relu = unary(
  'relu',
  (g, x) => g.unary('Relu', x),
  (g, d, _, y) => g.mul(d, g.positive(y)),
);

/** 1 / (1 + e^−x). */
export const sigmoid = unary(
  'sigmoid',
  (g, x) => g.unary('Sigmoid', x),
  (g, d, _, y) => g.mul(d, g.mul(y, g.sub(g.scalar(1), y))),
);

export const tanh = unary(
  'tanh',
  (g, x) => g.unary('Tanh', x),
  (g, d, _, y) => g.mul(d, g.sub(g.scalar(1), g.mul(y, y))),
);

/** x·σ(x) (Elfwing et al. 2018). d/dx = σ + y·(1 − σ). */
export const silu = unary('silu', emitSilu, (g, d, x, y) => {
  const s = g.unary('Sigmoid', x);
  return g.mul(d, g.add(s, g.mul(y, g.sub(g.scalar(1), s))));
});

function emitSilu(g: Graph, x: Value): Value {
  // ONNX Runtime's QuickGelu is x·σ(αx): one pass instead of two.
  if (!g.options.contributed) return g.mul(x, g.unary('Sigmoid', x));
  return g.node('QuickGelu', [x], { alpha: { float: 1 } }, x.shape, { domain: contributedDomain });
}

/** log(1 + e^x). */
export const softplus = unary(
  'softplus',
  (g, x) => g.unary('Softplus', x),
  (g, d, x) => g.mul(d, g.unary('Sigmoid', x)),
);

/** x where positive, else slope·x (Maas et al. 2013). The gradient at 0 is the slope, as in PyTorch. */
export const leakyRelu: Operator<{ readonly slope: number }> = {
  name: 'leakyRelu',
  shape: ([x]) => x,
  emit: (g, [x], { slope }) => ({ output: g.unary('LeakyRelu', x, { alpha: { float: slope } }) }),
  gradient(g, { inputs: [x], gradient, attributes: { slope } }) {
    const factor = g.add(g.mul(g.positive(x), g.scalar(1 - slope)), g.scalar(slope));
    return [g.mul(gradient, factor)];
  },
};

/** The error function, 2/√π ∫₀ˣ e^−t² dt. d/dx = 2/√π e^−x². */
export const erf = unary(
  'erf',
  (g, x) => g.unary('Erf', x),
  (g, d, x) => {
    const density = g.unary('Exp', g.unary('Neg', g.mul(x, x)));
    return g.mul(d, g.mul(density, g.scalar(2 / Math.sqrt(Math.PI))));
  },
);

/** x·Φ(x), Φ the normal distribution function (Hendrycks & Gimpel 2016). d/dx = Φ + x·φ. */
export const gelu = unary(
  'gelu',
  (g, x) =>
    g.options.contributed
      ? g.node('Gelu', [x], {}, x.shape, { domain: contributedDomain })
      : g.mul(x, normalDistribution(g, x)),
  (g, d, x) => {
    // In as few passes over memory as there are operators for: with h = x/√2, Φ = ½ + ½ erf h is what HardSigmoid makes of erf h, and
    // x·φ = h·e^(−h²)/√π.
    const h = g.mul(x, g.scalar(Math.SQRT1_2));
    const half = { float: 0.5 };
    const phi = g.unary('HardSigmoid', g.unary('Erf', h), { alpha: half, beta: half });
    const density = g.unary('Exp', g.sub(g.scalar(-0.5 * Math.log(Math.PI)), g.mul(h, h)));
    return g.mul(d, g.add(phi, g.mul(h, density)));
  },
);

/** Φ(x) = ½ + ½ erf(x/√2). */
function normalDistribution(g: Graph, x: Value): Value {
  const half = g.scalar(0.5);
  return g.add(g.mul(g.unary('Erf', g.mul(x, g.scalar(Math.SQRT1_2))), half), half);
}
