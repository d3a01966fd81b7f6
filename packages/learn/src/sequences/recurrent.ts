import * as z from 'zod';
import { sequenceClassifier } from '../networks/sequence-classifier.ts';
import { networkLearner } from './network-learner.ts';
import { networkSettings, trainingOptions } from './network-options.ts';
import { paddedBatch } from './padded-batch.ts';
import type { FrameScale } from './padded-batch.ts';
import type { SequenceNetwork } from './run-networks.ts';

const cell = z.enum(['gru', 'lstm']);
const optionsSchema = z.strictObject({
  ...trainingOptions,
  cell: cell.default('gru').describe('kind of the recurrent layer'),
  bidirectional: z.boolean().default(false).describe('read the frames backwards too'),
  hidden: z.int().min(1).default(128).describe('units of the state, for each direction'),
  scaleFrames: trainingOptions.scaleFrames.default(false),
  learningRate: trainingOptions.learningRate.default(2e-3),
  weightDecay: trainingOptions.weightDecay.default(0),
  epochs: trainingOptions.epochs.default(30),
});
const settingsSchema = z.strictObject({
  ...networkSettings,
  cell,
  bidirectional: z.boolean(),
  hidden: z.int(),
});

/**
 * A recurrent layer over the frames of a row, and the verdict from its last state (Semenikhin 2024, Table 1: GRU, bidirectional GRU with
 * L2, GRU with Tversky loss, LSTM). Padding never enters a state. The paper's step size 1e-4 and 500 passes are options like others; the
 * defaults reach the same in a fraction of the time.
 */
export const recurrent = networkLearner({
  name: 'recurrent',
  title: 'Recurrent network over frames (Semenikhin 2024, Table 1)',
  options: optionsSchema,
  settings: settingsSchema,
  weighsFrames: false,
  readsColumns: false,
  choose: (common, { cell: chosen, bidirectional, hidden }) => ({
    ...common,
    cell: chosen,
    bidirectional,
    hidden,
  }),
  network: recurrentNetwork,
});

/** The network of {@link recurrent}, frames scaled and padded as it reads them. */
export function recurrentNetwork(
  settings: z.output<typeof settingsSchema>,
  scale: FrameScale,
): SequenceNetwork {
  const { classes, longest, stride } = settings;
  const reading = { longest, stride };
  return {
    network: sequenceClassifier(settings),
    classes,
    reading,
    feeds({ sequences }, rows, size, first) {
      const { frames, lengths } = paddedBatch(sequences!, rows, scale, { size, first, ...reading });
      return { frames, lengths };
    },
  };
}
