import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition } from '@blemish/engine';

export type MlpActivation = 'relu' | 'tanh' | 'gelu' | 'silu';

export interface MlpOptions {
  readonly features: number;
  readonly classes: number;
  /** Units of each hidden layer. */
  readonly hidden: readonly number[];
  readonly activation: MlpActivation;
  /** Share of each hidden layer's units dropped in training. */
  readonly dropout: number;
}

export type Mlp = NetworkDefinition<'features', 'logits'>;

/**
 * A multilayer perceptron: hidden dense layers with an activation and dropout, and logits.
 *
 * - `features` [N, features]
 * - `logits` [N, classes], for softmax
 */
export function mlp({ features, classes, hidden, activation, dropout }: MlpOptions): Mlp {
  // He's start for activations that pass half of their inputs, Glorot's deviation for tanh, which passes them all.
  const gain = activation === 'tanh' ? 1 : 2;
  return defineNetwork({
    name: 'mlp',
    inputs: { features: ['N', features] },
    build(b, inputs) {
      let x = inputs.features;
      for (const [k, out] of hidden.entries()) {
        x = b.activation(b.dense(x, { name: `hidden${k + 1}`, out, gain }), activation);
        if (dropout > 0) x = b.dropout(x, dropout);
      }
      return { logits: b.dense(x, { name: 'logits', out: classes, gain: 1 }) };
    },
  });
}
