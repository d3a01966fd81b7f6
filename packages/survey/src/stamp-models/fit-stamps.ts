import { join } from 'node:path';
import { exportOnnx } from '@blemish/engine';
import type { StampDescription } from '../bundle-description.ts';
import type { EpochFigures } from '../training/epochs.ts';
import { fitNetwork, outputsOf } from './fit-network.ts';
import type { StampFit } from './fit-network.ts';
import { combinedNetwork, combinedWeights } from './stamp-network.ts';
import type { StampArchitecture } from './stamp-network.ts';
import { fitStampTable } from './stamp-features.ts';
import { readStart } from './start-weights.ts';
import type { StartWeights } from './start-weights.ts';

/** A fitted classifier as its bundle holds it. */
export interface FittedStamps {
  /** ONNX, or the arrays of a learner of tables. */
  readonly bytes: Uint8Array;
  readonly architecture: StampArchitecture | null;
  readonly tableModel: NonNullable<StampDescription['tableModel']> | null;
  /** Of each member; none of a learner of tables. */
  readonly epochs: readonly (readonly EpochFigures[])[];
  readonly start: StartWeights['model'] | null;
}

/** Fits what the recipe's learner is. Null where the signal stopped a network, which then goes on from there. */
export async function fitStamps(fit: StampFit): Promise<FittedStamps | null> {
  const { recipe, stamps } = fit;
  const { model, uncertainty } = recipe;
  if (model.learner !== 'cnn') {
    return { ...(await fitStampTable(fit)), architecture: null, epochs: [], start: null };
  }
  const architecture: StampArchitecture = {
    name: model.network!,
    members: uncertainty.members,
    ...(model.dropout === undefined ? {} : { dropout: model.dropout }),
  };
  const outputs = outputsOf(stamps.classes);
  const start =
    model.start === undefined ? null : await readStart(model.start, architecture, stamps.set, outputs, fit);
  const members = [];
  for (let m = 0; m < architecture.members; m++) {
    const single = architecture.members === 1;
    const fitted = await fitNetwork({
      ...fit,
      // Members differ in start, order and changes of stamps; the data are the same.
      seed: memberSeed(fit.seed, m),
      folder: single ? fit.folder : join(fit.folder, `member-${m + 1}`),
      start: start?.weights,
      onProgress: (done, total, message) =>
        fit.onProgress(
          m * total + done,
          architecture.members * total,
          single ? message : `member ${m + 1}/${architecture.members}, ${message}`,
        ),
    });
    if (fitted === null) return null;
    members.push(fitted);
  }
  const network = combinedNetwork(architecture, stamps.set, outputs);
  const weights = combinedWeights(members.map((member) => member.weights));
  return {
    // Unfolded, so that weights keep the names from which a training can start.
    bytes: exportOnnx(network, weights, { fold: false }),
    architecture,
    tableModel: null,
    epochs: members.map(({ epochs }) => epochs),
    start: start?.model ?? null,
  };
}

/** Seeds of the members lie far from those of neighbouring recipes. */
function memberSeed(seed: number, m: number): number {
  return (seed + m * 1_000_003) % 4_294_967_296;
}
