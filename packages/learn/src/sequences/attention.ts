import * as z from 'zod';
import { attentionClassifier } from '../networks/attention-classifier.ts';
import { networkLearner } from './network-learner.ts';
import { networkSettings, trainingOptions } from './network-options.ts';
import { paddedBatch, paddedColumns } from './padded-batch.ts';
import type { FrameScale } from './padded-batch.ts';
import type { SequenceNetwork } from './run-networks.ts';

const optionsSchema = z.strictObject({
  ...trainingOptions,
  hidden: z.int().min(1).default(64).describe('units that describe a frame'),
  heads: z.int().min(1).default(4).describe('ways to weigh the frames'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.3)
    .describe('share of the units dropped in training, before the verdict'),
  scaleFrames: trainingOptions.scaleFrames.default(true),
  learningRate: trainingOptions.learningRate.default(1e-3),
  weightDecay: trainingOptions.weightDecay.default(1e-4),
  epochs: trainingOptions.epochs.default(15),
});
const settingsSchema = z.strictObject({
  ...networkSettings,
  hidden: z.int(),
  heads: z.int(),
  dropout: z.number(),
});

/** Added to the score of padding; e to it is 0. */
const masked = -1e9;

/** Attention over the frames of a row, whatever their order, its columns beside them where it has any ({@link attentionClassifier}). */
export const attention = networkLearner({
  name: 'attention',
  title: 'Gated attention over frames (Ilse et al. 2018, eq. 9), with moments of the frames and columns',
  options: optionsSchema,
  settings: settingsSchema,
  weighsFrames: true,
  readsColumns: true,
  choose: (common, { hidden, heads, dropout }) => ({ ...common, hidden, heads, dropout }),
  network: attentionNetwork,
});

/** The network of {@link attention}, frames scaled and padded as it reads them. */
export function attentionNetwork(
  settings: z.output<typeof settingsSchema>,
  scale: FrameScale,
): SequenceNetwork {
  const { classes, longest, stride } = settings;
  const reading = { longest, stride };
  return {
    network: attentionClassifier(settings),
    classes,
    reading,
    feeds(x, rows, size, first) {
      const { frames, lengths, steps } = paddedBatch(x.sequences!, rows, scale, {
        size,
        first,
        ...reading,
      });
      const mask = new Float32Array(size * steps);
      const shares = new Float32Array(size * steps);
      for (let b = 0; b < size; b++) {
        const [from, read] = [b * steps, lengths[b]];
        mask.fill(masked, from + read, from + steps);
        shares.fill(1 / read, from, from + read);
      }
      return { frames, mask, shares, columns: paddedColumns(x, rows, size) };
    },
  };
}
