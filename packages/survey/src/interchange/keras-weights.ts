import type { ChainLayer, Weights } from '@blemish/engine';
import { isHdf5Array } from './hdf5.ts';
import type { Hdf5Array, Hdf5Group } from './hdf5.ts';
import type { KerasLayer } from './keras-architecture.ts';
import { separableNames } from './keras-layers.ts';

/** Arrays of one layer by Keras's name (`kernel`, `bias`, `gamma` …), or by number where the file has no names. */
type LayerArrays = ReadonlyMap<string, Hdf5Array>;

/**
 * Finds the arrays of each layer in a weights file: of Keras 2 or 3 in the old layout (groups named like the layers, `kernel:0` in
 * them; under `model_weights` in a file of the whole model), or in that of Keras 3's `.weights.h5` (`layers/<class>/vars/0`, the
 * layer's name an attribute).
 */
export function readKerasArrays(root: Hdf5Group): Map<string, LayerArrays> {
  const whole = root.get('model_weights');
  const top = whole !== null && !isHdf5Array(whole) ? whole : root;
  const layers = new Map<string, LayerArrays>();
  const numbered = top.get('layers');
  const source = numbered !== null && !isHdf5Array(numbered) && top.keys().includes('vars') ? numbered : top;
  for (const key of source.keys()) {
    const group = source.get(key);
    if (group === null || isHdf5Array(group)) continue;
    const vars = group.get('vars');
    const name = vars !== null && !isHdf5Array(vars) ? (vars.text('name') ?? key) : key;
    layers.set(name, collectArrays(group));
  }
  return layers;
}

function collectArrays(group: Hdf5Group, found = new Map<string, Hdf5Array>()): Map<string, Hdf5Array> {
  for (const key of group.keys()) {
    const entry = group.get(key);
    if (isHdf5Array(entry)) found.set(key.replace(/:\d+$/, ''), entry);
    else if (entry !== null) collectArrays(entry, found);
  }
  return found;
}

/** Order of a layer's arrays in files that number them. */
const arrayOrder: Readonly<Record<string, readonly string[]>> = {
  Conv2D: ['kernel', 'bias'],
  Dense: ['kernel', 'bias'],
  DepthwiseConv2D: ['kernel', 'bias'],
  SeparableConv2D: ['depthwise_kernel', 'pointwise_kernel', 'bias'],
  BatchNormalization: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
};

/**
 * The weights of a layer in the chain's order of axes. Keras keeps kernels [height, width, in, out] and dense ones [in, out].
 * @param parts what the layer became
 * @throws RangeError naming the layer and the array where one is missing or has another number of axes
 */
export function convertKerasWeights(
  layer: KerasLayer,
  parts: readonly ChainLayer[],
  arrays: LayerArrays | undefined,
): Weights {
  if (!(layer.className in arrayOrder)) return {};
  const named = nameArrays(layer, arrays);
  const need = (name: string, rank: number): Hdf5Array => {
    const array = named.get(name) ?? named.get(`depthwise_${name}`);
    if (array === undefined) {
      const found =
        arrays === undefined ? 'no array of this layer is' : `${[...named.keys()].join(', ')} are`;
      throw new RangeError(`layer "${layer.name}" needs its ${name}, but ${found} in the weights`);
    }
    if (array.shape.length !== rank)
      throw new RangeError(`layer "${layer.name}": ${name} has ${array.shape.length} axes, not ${rank}`);
    return array;
  };
  const biasOf = (part: ChainLayer): Weights =>
    'bias' in part && part.bias ? { [`${part.name}.bias`]: need('bias', 1) } : {};
  const [first] = parts;
  switch (layer.className) {
    case 'Conv2D':
      return { [`${first.name}.weight`]: kernel(need('kernel', 4)), ...biasOf(first) };
    case 'DepthwiseConv2D':
      return { [`${first.name}.weight`]: depthwiseKernel(need('kernel', 4)), ...biasOf(first) };
    case 'SeparableConv2D': {
      const [spatial, pointwise] = separableNames(layer.name);
      return {
        [`${spatial}.weight`]: depthwiseKernel(need('depthwise_kernel', 4)),
        [`${pointwise}.weight`]: kernel(need('pointwise_kernel', 4)),
        ...biasOf(parts[1]),
      };
    }
    case 'Dense':
      return { [`${first.name}.weight`]: permuted(need('kernel', 2), [1, 0]), ...biasOf(first) };
    default:
      return batchNorm(layer, need);
  }
}

function nameArrays(layer: KerasLayer, arrays: LayerArrays | undefined): LayerArrays {
  if (arrays === undefined || !arrays.has('0')) return arrays ?? new Map<string, Hdf5Array>();
  const left = { gamma: layer.config['scale'] === false, beta: layer.config['center'] === false };
  const names = arrayOrder[layer.className].filter(
    (name) => !(name in left && left[name as 'gamma' | 'beta']),
  );
  return new Map([...arrays].map(([key, array]) => [names[Number(key)] ?? key, array]));
}

function batchNorm(layer: KerasLayer, need: (name: string, rank: number) => Hdf5Array): Weights {
  const mean = need('moving_mean', 1);
  const constant = (value: number): Hdf5Array => ({
    ...mean,
    data: new Float32Array(mean.data.length).fill(value),
  });
  return {
    [`${layer.name}.weight`]: layer.config['scale'] === false ? constant(1) : need('gamma', 1),
    [`${layer.name}.bias`]: layer.config['center'] === false ? constant(0) : need('beta', 1),
    [`${layer.name}.running_mean`]: mean,
    [`${layer.name}.running_var`]: need('moving_variance', 1),
  };
}

/** [height, width, in, out] → [out, in, height, width]. */
function kernel(array: Hdf5Array): Hdf5Array {
  return permuted(array, [3, 2, 0, 1]);
}

/** [height, width, in, multiplier] → [in · multiplier, 1, height, width]. */
function depthwiseKernel(array: Hdf5Array): Hdf5Array {
  const { shape, data } = permuted(array, [2, 3, 0, 1]);
  return { shape: [shape[0] * shape[1], 1, shape[2], shape[3]], data };
}

/** Axis k of the result is axis `order[k]` of the array. */
function permuted({ shape, data }: Hdf5Array, order: readonly number[]): Hdf5Array {
  const target = order.map((axis) => shape[axis]);
  const strides = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1),
  );
  const out = Float32Array.from({ length: data.length }, (_, at) => {
    let rest = at;
    let from = 0;
    for (let k = order.length - 1; k >= 0; k--) {
      from += (rest % target[k]) * strides[order[k]];
      rest = Math.floor(rest / target[k]);
    }
    return data[from];
  });
  return { shape: target, data: out };
}
