import { partBetween } from '@blemish/engine';
import type { OnnxGraph, OnnxNode } from '@blemish/engine';

/** Height and width of a map. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
}

/** Where the pixels of a map look: pixel k has its centre at offset + k·stride of the input, rows and columns each. */
export interface Placement {
  readonly offset: readonly [y: number, x: number];
  readonly stride: readonly [y: number, x: number];
}

/** The map spread over the whole input, edge to edge: true of networks that pad their convolutions. */
export function stretched(from: MapSize, to: MapSize): Placement {
  const stride = [to.height / from.height, to.width / from.width] as const;
  return { stride, offset: [(stride[0] - 1) / 2, (stride[1] - 1) / 2] };
}

/** Operators that leave every pixel in its place, or join maps of one size. */
const keeping: ReadonlySet<string> = new Set([
  ...['Relu', 'LeakyRelu', 'Elu', 'Selu', 'Gelu', 'PRelu', 'HardSigmoid', 'HardSwish', 'Clip', 'Mish', 'Erf'],
  ...['Sigmoid', 'Tanh', 'Softplus', 'BatchNormalization', 'Identity', 'Dropout', 'Cast'],
  // Channels that move to another axis take rows and columns along in their order.
  ...['Add', 'Sub', 'Mul', 'Div', 'Concat', 'Transpose'],
]);

/**
 * Where the pixels of the value `to` look on the input `from`: the centres of their receptive fields, by the kernels, steps and padding on
 * the way (the first way where several lead there). Without padding a map shows the input without its edge, and spread edge to edge it would
 * show everything further out than it is. Null where an operator on the way is not known to keep or step pixels.
 */
export function receptiveCentres(graph: OnnxGraph, from: string, to: string): Placement | null {
  const places = new Map<string, Placement>([[from, { offset: [0, 0], stride: [1, 1] }]]);
  for (const node of partBetween(graph, from, to).nodes) {
    const source = node.inputs.find((name) => places.has(name));
    const place = source === undefined ? null : moved(graph, node, places.get(source)!);
    if (place !== null) for (const name of node.outputs) places.set(name, place);
  }
  return places.get(to) ?? null;
}

/** Where a node's output lies, its input lying at `place`. */
function moved(graph: OnnxGraph, node: OnnxNode, place: Placement): Placement | null {
  if (keeping.has(node.operator)) return place;
  const isTransposed = node.operator === 'ConvTranspose';
  if (!isTransposed && !['Conv', 'MaxPool', 'AveragePool'].includes(node.operator)) return null;
  if (node.attributes.has('auto_pad') && node.attributes.get('auto_pad') !== 'NOTSET') return null;
  const list = (name: string, fallback: readonly number[]) =>
    (node.attributes.get(name) as readonly number[] | undefined) ?? fallback;
  const weight = graph.constants.get(node.inputs[1])?.shape.slice(2);
  const kernel = list('kernel_shape', weight ?? []);
  if (kernel.length !== 2) return null;
  const [steps, pads, dilations] = [
    list('strides', [1, 1]),
    list('pads', [0, 0, 0, 0]),
    list('dilations', [1, 1]),
  ];
  const axes = [0, 1].map((axis) => {
    const reach = (dilations[axis] * (kernel[axis] - 1)) / 2 - pads[axis];
    const [offset, stride] = [place.offset[axis], place.stride[axis]];
    return isTransposed
      ? { offset: offset - (stride * reach) / steps[axis], stride: stride / steps[axis] }
      : { offset: offset + stride * reach, stride: stride * steps[axis] };
  });
  return { offset: [axes[0].offset, axes[1].offset], stride: [axes[0].stride, axes[1].stride] };
}
