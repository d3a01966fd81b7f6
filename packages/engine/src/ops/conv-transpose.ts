import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import { checkBias, checkConvolution, nodeAttributes } from './conv-attributes.ts';
import type { ConvAttributes } from './conv-attributes.ts';
import { convInputGradient, convolve, convWeightGradient } from './conv-rules.ts';

export interface ConvTransposeAttributes extends ConvAttributes {
  /** Rows and columns added at the bottom and right, fewer than the stride: which of the sizes a strided convolution joins. */
  readonly outputPadding: readonly [height: number, width: number];
}

function outputShape([x, weight, bias]: readonly Shape[], attributes: ConvTransposeAttributes): number[] {
  checkConvolution(x, weight, attributes);
  const { stride, padding, dilation, groups, outputPadding } = attributes;
  if (x[1] !== weight[0] || x[1] % groups !== 0) {
    throw new ShapeError(
      `input ${formatShape(x)} does not fit kernel ${formatShape(weight)} [in, out / groups, height, width] in ${groups} ` +
        `group${groups === 1 ? '' : 's'}: the input needs ${weight[0]} channels, which must divide into the groups; ` +
        "change the input's channels or the kernel's first extent",
    );
  }
  const outputs = weight[1] * groups;
  checkBias(bias, weight, outputs);
  if (outputPadding.some((count, k) => !Number.isInteger(count) || count < 0 || count >= stride[k])) {
    throw new ShapeError(
      `output padding [${outputPadding.join()}] must be whole, at least 0 and smaller than the stride [${stride.join()}]; ` +
        'lower it or raise the stride',
    );
  }
  const extent = (axis: 0 | 1) =>
    (x[axis + 2] - 1) * stride[axis] -
    padding[axis] -
    padding[axis + 2] +
    dilation[axis] * (weight[axis + 2] - 1) +
    outputPadding[axis] +
    1;
  const [height, width] = [extent(0), extent(1)];
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `padding [${padding.join()}] leaves nothing of ${formatShape(x)} spread by kernel ${formatShape(weight)}; lower it`,
    );
  }
  return [x[0], outputs, height, width];
}

/**
 * Transposed convolution, the gradient of a convolution as a layer: x [N, I, H, W], weight [I, O / groups, h, w], bias [O] →
 * [N, O, (H − 1)·stride − padding + dilation·(h − 1) + output padding + 1, …] (torch.nn.ConvTranspose2d).
 */
export const convTranspose2d: Operator<ConvTransposeAttributes> = {
  name: 'convTranspose2d',
  shape: outputShape,
  emit(g, inputs, attributes) {
    const [x, weight, bias] = inputs;
    const shape = outputShape(
      inputs.map((value) => value.shape),
      attributes,
    );
    if (!g.options.contributed) {
      const node = {
        ...nodeAttributes(attributes, weight.shape),
        output_padding: attributes.outputPadding,
      };
      return { output: g.node('ConvTranspose', inputs, node, shape) };
    }
    const spread = convInputGradient(g, x, weight, shape, attributes);
    return { output: bias ? g.add(spread, g.reshape(bias, [shape[1], 1, 1])) : spread };
  },
  // What the kernel spread forward it collects backward, so that the two directions of a convolution change places.
  gradient: (g, { inputs: [x, weight], gradient, attributes, wanted }) => [
    wanted[0] ? convolve(g, [gradient, weight], attributes, x.shape) : null,
    wanted[1] ? convWeightGradient(g, x, gradient, weight.shape, attributes) : null,
    wanted[2] ? g.reduce('Sum', gradient, [0, 2, 3], false) : null,
  ],
};
