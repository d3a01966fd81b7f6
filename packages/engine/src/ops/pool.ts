import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

type None = Record<never, never>;
const window = { kernel_shape: [2, 2], strides: [2, 2] } as const;

function halved([x]: readonly Shape[]): number[] {
  if (x.length !== 4 || x[2] % 2 !== 0 || x[3] % 2 !== 0) {
    throw new ShapeError(
      `${formatShape(x)} cannot be pooled 2×2: it must be [batch, channels, height, width] with even height and width; ` +
        'pad or slice it first',
    );
  }
  return [x[0], x[1], x[2] / 2, x[3] / 2];
}

/** Largest of each 2×2 block, which receives the whole gradient (the first one on a tie, as in PyTorch). */
export const maxPool: Operator<None> = {
  name: 'maxPool',
  shape: halved,
  emit(g, [x]) {
    const shape = halved([x.shape]);
    // The indices come as int64; nothing but MaxUnpool reads them.
    const [output, indices] = g.nodes('MaxPool', [x], window, [shape, shape]);
    return { output: output, saved: [indices] };
  },
  gradient: (g, { inputs: [x], gradient, saved }) => [
    g.node('MaxUnpool', [gradient, saved[0], g.integers(x.shape)], window, x.shape),
  ],
};

/** Mean of each 2×2 block. */
export const averagePool: Operator<None> = {
  name: 'averagePool',
  shape: halved,
  emit: (g, [x]) => ({ output: g.node('AveragePool', [x], window, halved([x.shape])) }),
  gradient(g, { inputs: [x], gradient }) {
    const attributes = {
      mode: 'nearest',
      nearest_mode: 'floor',
      coordinate_transformation_mode: 'asymmetric',
    };
    const quarter = g.mul(gradient, g.scalar(0.25));
    return [g.node('Resize', [quarter, null, g.constant([1, 1, 2, 2], [4])], attributes, x.shape)];
  },
};
