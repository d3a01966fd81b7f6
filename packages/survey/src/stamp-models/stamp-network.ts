import { defineNetwork } from '@blemish/engine';
import type { NetworkDefinition, Weights } from '@blemish/engine';
import { deepShadowsCnn, sdssCnn } from '@blemish/learn';
import type { StampNetworkName } from '../stamp-recipe.ts';

/** All that a network for stamps is built from, beside its weights; part of `model.json`. */
export interface StampArchitecture {
  readonly name: StampNetworkName;
  /** Share dropped after each pooling; absent: the paper's. */
  readonly dropout?: number | undefined;
  /** Networks whose probabilities are averaged. */
  readonly members: number;
}

export interface StampExtents {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export type StampNetwork = NetworkDefinition<'image', 'logits'>;

/** Share that the refined network of the SDSS paper drops after poolings and after its dense layer: a guess, the paper gives none. */
const refinedDropout = { dropout: 0.25, denseDropout: 0.5 } as const;

/**
 * One network.
 * @param outputs logits: 1 for two classes, else one a class
 * @param frozenNorms batch normalisations keep their statistics in training
 */
export function stampNetwork(
  { name, dropout }: Pick<StampArchitecture, 'name' | 'dropout'>,
  extents: StampExtents,
  outputs: number,
  frozenNorms = false,
): StampNetwork {
  const given = dropout === undefined ? {} : { dropout };
  switch (name) {
    case 'sdss-cnn':
      return sdssCnn({ ...extents, classes: outputs, ...given });
    case 'sdss-cnn-refined':
      return sdssCnn({ ...extents, classes: outputs, ...refinedDropout, ...given });
    case 'deepshadows-cnn':
      return paddedDeepShadows(extents, outputs, { ...given, frozenNorms });
  }
}

/** Stamps whose sides are not one multiple of 8 get zeros at the right and below. */
function paddedDeepShadows(
  { channels, height, width }: StampExtents,
  outputs: number,
  given: { readonly dropout?: number; readonly frozenNorms: boolean },
): StampNetwork {
  const size = 8 * Math.ceil(Math.max(height, width) / 8);
  const inner = deepShadowsCnn({ channels, size, classes: outputs, ...given });
  if (height === size && width === size) return inner;
  return defineNetwork({
    name: inner.name,
    inputs: { image: ['N', channels, height, width] },
    build: (b, { image }) =>
      inner.build(b, { image: b.pad(image, [0, 0, 0, 0], [0, 0, size - height, size - width]) }),
  });
}

/** Layers other than the last: what `freeze = "features"` keeps. */
export const featureLayers: readonly string[] = ['conv*', 'hidden.*'];

/**
 * Several networks of one architecture as one, whose probability is the mean of theirs; parameters are `member<m>.…`, from 1.
 *
 * - `logits` [N, outputs]: log p − log(1 − p) of the mean probability p for one output, log p for several
 * - `members` [N, members · outputs]: each network's own logits
 */
export function ensembleNetwork(
  architecture: StampArchitecture,
  extents: StampExtents,
  outputs: number,
): NetworkDefinition<'image', 'logits' | 'members'> {
  const one = stampNetwork(architecture, extents, outputs);
  return defineNetwork({
    name: `${one.name}-ensemble`,
    inputs: one.inputs,
    build(b, inputs) {
      const logits = Array.from({ length: architecture.members }, (_, m) =>
        b.scope(memberName(m), () => one.build(b, inputs).logits),
      );
      const mean = (tensors: typeof logits) =>
        b.scale(
          tensors.reduce((sum, tensor) => b.add(sum, tensor)),
          1 / tensors.length,
        );
      // Probabilities below this lie beyond float32's logarithms.
      const log = (p: (typeof logits)[number]) => b.log(b.clip(p, 1e-37, 1));
      const combined =
        outputs === 1
          ? b.sub(
              log(mean(logits.map((each) => b.sigmoid(each)))),
              log(mean(logits.map((each) => b.sigmoid(b.neg(each))))),
            )
          : log(mean(logits.map((each) => b.softmax(each))));
      return { logits: combined, members: b.concat(logits) };
    },
  });
}

export function memberName(m: number): string {
  return `member${m + 1}`;
}

/** The network of a model, of one member or several, and its weights from those of the members. */
export function combinedNetwork(
  architecture: StampArchitecture,
  extents: StampExtents,
  outputs: number,
): NetworkDefinition {
  return architecture.members === 1
    ? stampNetwork(architecture, extents, outputs)
    : ensembleNetwork(architecture, extents, outputs);
}

export function combinedWeights(members: readonly Weights[]): Weights {
  if (members.length === 1) return members[0];
  return Object.fromEntries(
    members.flatMap((weights, m) =>
      Object.entries(weights).map(([name, array]) => [`${memberName(m)}.${name}`, array] as const),
    ),
  );
}
