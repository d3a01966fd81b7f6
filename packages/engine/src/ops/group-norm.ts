import type { Operator } from '../operator.ts';
import { elementCount, formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import type { Graph } from '../onnx/graph.ts';
import type { Value } from '../onnx/model.ts';

export interface GroupNormAttributes {
  readonly groups: number;
  readonly epsilon: number;
}

function checked([x, gamma, beta]: readonly Shape[], { groups }: GroupNormAttributes): Shape {
  if (x.length < 2 || [gamma, beta].some((v) => v.length !== 1 || v[0] !== x[1])) {
    throw new ShapeError(
      `parameters ${formatShape(gamma)} and ${formatShape(beta)} do not fit ${formatShape(x)}; it must be ` +
        '[batch, channels, ...] and they [channels]',
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || x[1] % groups !== 0) {
    throw new ShapeError(
      `${groups} groups do not divide the ${x[1]} channels of ${formatShape(x)}; choose a divisor`,
    );
  }
  return x;
}

/**
 * Group normalisation: the channels in `groups`, each sample's group brought to mean 0 and variance 1, then γ and β by channel;
 * inputs x [N, C, ...], γ [C], β [C] (Wu & He 2018; torch.nn.GroupNorm). One group per channel is instance normalisation.
 */
export const groupNorm: Operator<GroupNormAttributes> = {
  name: 'groupNorm',
  shape: checked,
  emit(g, [x, gamma, beta], { groups, epsilon }) {
    const ones = g.constant(Array<number>(groups).fill(1), [groups]);
    const zeros = g.constant(Array<number>(groups).fill(0), [groups]);
    const grouped = inGroups(g, x, groups);
    const normalised = g.node(
      'InstanceNormalization',
      [grouped, ones, zeros],
      { epsilon: { float: epsilon } },
      grouped.shape,
    );
    const back = g.reshape(normalised, x.shape);
    const output = g.add(g.mul(back, perChannel(g, gamma, x)), perChannel(g, beta, x));
    return { output, saved: [normalised] };
  },
  // As layer normalisation over each group, γ being by channel.
  gradient(g, { inputs: [x, gamma], saved: [normalised], gradient: d, attributes: { groups, epsilon } }) {
    const grouped = inGroups(g, x, groups);
    const mean = (value: Value) => g.reduce('Mean', value, [2], true);
    const centred = g.sub(grouped, mean(grouped));
    const deviation = g.unary('Sqrt', g.add(mean(g.mul(centred, centred)), g.scalar(epsilon)));
    const weighted = inGroups(g, g.mul(d, perChannel(g, gamma, x)), groups);
    const slope = g.mul(normalised, mean(g.mul(weighted, normalised)));
    const dx = g.div(g.sub(g.sub(weighted, mean(weighted)), slope), deviation);
    const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const dGamma = g.reduce('Sum', g.mul(d, g.reshape(normalised, x.shape)), axes, false);
    return [g.reshape(dx, x.shape), dGamma, g.reduce('Sum', d, axes, false)];
  },
};

/** [N, groups, everything of one group]. */
function inGroups(g: Graph, x: Value, groups: number): Value {
  const [batch, channels, ...rest] = x.shape;
  return g.reshape(x, [batch, groups, (channels / groups) * elementCount(rest)]);
}

function perChannel(g: Graph, vector: Value, x: Value): Value {
  return g.reshape(vector, [vector.shape[0], ...x.shape.slice(2).map(() => 1)]);
}
