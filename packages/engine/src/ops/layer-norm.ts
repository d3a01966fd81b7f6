import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';
import type { Operator } from '../operator.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

function checked([x, gamma, beta]: readonly Shape[]): Shape {
  const features = x.at(-1);
  if (features === undefined || [gamma, beta].some((v) => v.length !== 1 || v[0] !== features)) {
    throw new ShapeError(
      `parameters ${formatShape(gamma)} and ${formatShape(beta)} do not fit ${formatShape(x)}; both must have its last ` +
        `extent${features === undefined ? ', and it needs an axis' : ` [${features}]`}`,
    );
  }
  return x;
}

/**
 * Layer normalisation over the last axis: y = γ (x − μ)/√(σ² + ε) + β, μ and σ² (biased) of each row; inputs x [..., D], γ [D],
 * β [D] (Ba et al. 2016; torch.nn.LayerNorm).
 */
export const layerNorm: Operator<{ readonly epsilon: number }> = {
  name: 'layerNorm',
  shape: checked,
  emit(g, [x, gamma, beta], { epsilon }) {
    const attributes = { axis: -1, epsilon: { float: epsilon } };
    const rows = [...x.shape.slice(0, -1), 1];
    if (!g.options.contributed) {
      return { output: g.node('LayerNormalization', [x, gamma, beta], attributes, x.shape) };
    }
    const [output, mu, inverse] = g.nodes('LayerNormalization', [x, gamma, beta], attributes, [
      x.shape,
      rows,
      rows,
    ]);
    return { output, saved: [mu, inverse] };
  },
  // dβ = Σ d, dγ = Σ d·x̂, dx = (γd − mean(γd) − x̂·mean(γd·x̂))/σ.
  gradient(g, { inputs: [x, gamma], saved, gradient: d, attributes: { epsilon } }) {
    const [mu, inverse] = saved.length > 0 ? saved : rowStatistics(g, x, epsilon);
    const features = gamma.shape[0];
    const flat = [elementCount(x.shape) / features, features];
    const normalised = g.mul(g.sub(x, mu), inverse);
    const product = g.mul(d, normalised);
    const overRows = (value: typeof x) => g.sumOfRows(g.reshape(value, flat));
    // Means over features as products with a vector, too.
    const weights = g.reshape(g.mul(gamma, g.scalar(1 / features)), [features, 1]);
    const weighted = g.mul(d, gamma);
    const mean = g.matmul(d, weights);
    const slope = g.matmul(product, weights);
    const dx = g.mul(g.sub(g.sub(weighted, mean), g.mul(normalised, slope)), inverse);
    return [dx, overRows(product), overRows(d)];
  },
};

/** Mean and 1/√(σ² + ε) of each row, where the node does not hand them out. */
function rowStatistics(g: Graph, x: Value, epsilon: number): [Value, Value] {
  const mu = g.reduce('Mean', x, [-1], true);
  const centred = g.sub(x, mu);
  const variance = g.reduce('Mean', g.mul(centred, centred), [-1], true);
  return [mu, g.div(g.scalar(1), g.unary('Sqrt', g.add(variance, g.scalar(epsilon))))];
}
