import type { Operator } from '../operator.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import { checkBias, checkConvolution } from './conv-attributes.ts';
import type { ConvAttributes } from './conv-attributes.ts';
import { convInputGradient, convolve, convWeightGradient } from './conv-rules.ts';

function outputShape([x, weight, bias]: readonly Shape[], attributes: ConvAttributes): number[] {
  checkConvolution(x, weight, attributes);
  const { stride, padding, dilation, groups } = attributes;
  if (x[1] !== weight[1] * groups || weight[0] % groups !== 0) {
    throw new ShapeError(
      `input ${formatShape(x)} does not fit kernel ${formatShape(weight)} [out, in / groups, height, width] in ${groups} ` +
        `group${groups === 1 ? '' : 's'}: the input needs ${weight[1] * groups} channels and the outputs must divide into ` +
        "the groups; change the input's channels or the kernel's extents",
    );
  }
  checkBias(bias, weight, weight[0]);
  const [top, left, bottom, right] = padding;
  const height = Math.floor((x[2] + top + bottom - dilation[0] * (weight[2] - 1) - 1) / stride[0]) + 1;
  const width = Math.floor((x[3] + left + right - dilation[1] * (weight[3] - 1) - 1) / stride[1]) + 1;
  if (height < 1 || width < 1) {
    throw new ShapeError(
      `kernel ${formatShape(weight)} is larger than the padded input ${formatShape(x)} with padding [${padding.join()}] and ` +
        `dilation [${dilation.join()}]; add padding or take a smaller kernel`,
    );
  }
  return [x[0], weight[0], height, width];
}

/** Cross-correlation: x [N, I, H, W], weight [O, I / groups, h, w], bias [O] → [N, O, H', W'] (torch.nn.Conv2d). */
export const conv2d: Operator<ConvAttributes> = {
  name: 'conv2d',
  shape: outputShape,
  emit(g, inputs, attributes) {
    const shape = outputShape(
      inputs.map((value) => value.shape),
      attributes,
    );
    return { output: convolve(g, inputs, attributes, shape) };
  },
  gradient: (g, { inputs: [x, weight], gradient, attributes, wanted }) => [
    wanted[0] ? convInputGradient(g, gradient, weight, x.shape, attributes) : null,
    wanted[1] ? convWeightGradient(g, gradient, x, weight.shape, attributes) : null,
    wanted[2] ? g.reduce('Sum', gradient, [0, 2, 3], false) : null,
  ],
};
