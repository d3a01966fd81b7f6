import type { Shape } from '../shape.ts';

/** Height and width. */
export type Pair = readonly [number, number];
/** Top, left, bottom, right, as ONNX orders them. */
export type Sides = readonly [number, number, number, number];

export const chainActivations = [
  'relu',
  'leaky-relu',
  'elu',
  'selu',
  'gelu',
  'silu',
  'sigmoid',
  'tanh',
  'softplus',
  'softmax',
] as const;
export type ChainActivation = (typeof chainActivations)[number];

interface Named {
  /** Prefix of its weights, and its name in messages. */
  readonly name: string;
}

/** Cross-correlation with weights `<name>.weight` [out, in / groups, height, width] and `<name>.bias` [out]. */
export interface ChainConv extends Named {
  readonly type: 'conv';
  readonly out: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Sides;
  readonly dilation: Pair;
  readonly groups: number;
  readonly bias: boolean;
}

/** x·Wᵀ + b with `<name>.weight` [out, in] and `<name>.bias` [out]. */
export interface ChainDense extends Named {
  readonly type: 'dense';
  readonly out: number;
  readonly bias: boolean;
}

/** (x − running_mean)/√(running_var + epsilon)·weight + bias for each channel. */
export interface ChainBatchNorm extends Named {
  readonly type: 'batch-norm';
  readonly epsilon: number;
}

export interface ChainPool extends Named {
  readonly type: 'max-pool' | 'average-pool';
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Sides;
  /** Do padded zeros count in an average? PyTorch: yes; Keras: no. Without meaning for the maximum. */
  readonly countPadding: boolean;
}

/** [N, C, H, W] → [N, C]. */
export interface ChainGlobalPool extends Named {
  readonly type: 'global-average-pool' | 'global-max-pool';
}

export interface ChainZeroPad extends Named {
  readonly type: 'zero-pad';
  readonly padding: Sides;
}

/** [N, C, H, W] → [N, C·H·W], or with `channels-last` the elements in the order [H, W, C]. */
export interface ChainFlatten extends Named {
  readonly type: 'flatten';
  readonly order: 'channels-first' | 'channels-last';
}

/** x·factor + offset. */
export interface ChainScale extends Named {
  readonly type: 'scale';
  readonly factor: number;
  readonly offset: number;
}

/** Element by element; softmax over the channels. `slope` is that of leaky-relu below 0 and the α of elu. */
export interface ChainActivationLayer extends Named {
  readonly type: 'activation';
  readonly kind: ChainActivation;
  readonly slope?: number | undefined;
}

export type ChainLayer =
  | ChainConv
  | ChainDense
  | ChainBatchNorm
  | ChainPool
  | ChainGlobalPool
  | ChainZeroPad
  | ChainFlatten
  | ChainScale
  | ChainActivationLayer;

/** A network without branches, as other frameworks' files describe it; arrays are [N, C, H, W] or [N, features]. */
export interface Chain {
  readonly name: string;
  /** Extents of one sample: [C, H, W] or [features]. */
  readonly input: Shape;
  readonly layers: readonly ChainLayer[];
}

/** What a chain's last layer says of its output: a probability only after a sigmoid or softmax. */
export function endsInProbability(chain: Chain): boolean {
  const last = chain.layers.at(-1);
  return last?.type === 'activation' && (last.kind === 'sigmoid' || last.kind === 'softmax');
}
