import type { Chain, Weights } from '@blemish/engine';
import type { StampInput } from '../bundle-description.ts';

/** What the numbers of an imported network are. */
export const outputKinds = ['probability', 'logit', 'embedding'] as const;
export type OutputKind = (typeof outputKinds)[number];

/** A network read from another program's files. */
export interface ImportedNetwork {
  readonly chain: Chain;
  readonly weights: Weights;
}

/** A network ready to become a bundle. */
export interface ReadyNetwork {
  readonly name: string;
  readonly network: Uint8Array;
  readonly input: StampInput;
  readonly names: { readonly input: string; readonly output: string };
  /** Numbers of the answer for one stamp. */
  readonly width: number;
  /** What they are, where the network says it. */
  readonly output: OutputKind | undefined;
  /** Embeddings: how many of the numbers are means, where the files say it. */
  readonly means?: number | undefined;
}
