import { categoricalCrossEntropy, cosine, randomStream, train, tversky } from '@blemish/engine';
import type { Feeds, Weights } from '@blemish/engine';
import { softmaxRows } from '../bayes/posterior.ts';
import type { FitContext, TrainingData } from '../learner.ts';
import { holdOut } from '../networks/hold-out.ts';
import type { SequenceTrainingOptions } from './network-options.ts';
import { lengthBatches } from './padded-batch.ts';
import { openSequenceNetworks } from './run-networks.ts';
import type { SequenceNetwork } from './run-networks.ts';
import { requireSequences } from './require-sequences.ts';

/** Rows in a step of a judgement. */
const judgedRows = 32;

/**
 * Trains one network by Adam on softmax cross-entropy, with the Tversky loss beside it where it has a weight. Arithmetic is single
 * precision on one thread, so that a seed fixes every bit.
 */
export async function trainSequenceNetwork(
  own: SequenceNetwork,
  data: TrainingData,
  options: SequenceTrainingOptions,
  { seed, signal, onProgress, watch }: FitContext,
): Promise<Weights> {
  const { network } = own;
  const { epochs, batch, learningRate, weightDecay, tverskyWeight } = options;
  const { x, y, classes, weights } = data;
  const sequences = requireSequences(x, 'the learner');
  const { kept, heldOut } =
    options.holdOut > 0
      ? holdOut(data, options.holdOut, seed)
      : { kept: weighty(data), heldOut: new Int32Array(0) };
  const labelled = (rows: ArrayLike<number>, size: number, first: number): Feeds => {
    const answers = new Float32Array(size * classes);
    const sampleWeights = new Float32Array(size);
    for (let b = 0; b < rows.length; b++) {
      answers[b * classes + y[rows[b]]] = 1;
      sampleWeights[b] = weights?.[rows[b]] ?? 1;
    }
    return { ...own.feeds(x, rows, size, first), answers, sampleWeights };
  };
  const judged = lengthBatches(sequences, heldOut, judgedRows, randomStream(seed, 'held out'));
  const perEpoch = Math.ceil(kept.length / batch);
  const totalSteps = perEpoch * epochs;
  const schedule = cosine({ totalSteps, warmupSteps: Math.floor(0.05 * totalSteps), final: 0.01 });
  const result = await train({
    network,
    targets: { answers: ['N', classes], sampleWeights: ['N'] },
    loss(b, { logits }, { answers, sampleWeights }) {
      const entropy = categoricalCrossEntropy(b, { logits, targets: answers, sampleWeights });
      if (tverskyWeight === 0) return { loss: entropy };
      const probabilities = b.softmax(logits);
      const overlap = tversky(b, { probabilities, targets: answers, sampleWeights });
      return { loss: b.add(entropy, b.scale(overlap, tverskyWeight)) };
    },
    optimizer: { kind: 'adam', learningRate, weightDecay },
    gradientClip: options.gradientClip,
    ...(options.schedule === 'cosine' && { schedule }),
    epochs,
    seed,
    threads: 1,
    *data(epoch) {
      const uniform = randomStream(seed, `epoch ${epoch}`);
      for (const rows of lengthBatches(sequences, kept, batch, uniform)) {
        yield labelled(rows, batch, Math.floor(options.stride * uniform()));
      }
    },
    // Without held-out rows the last pass is kept.
    monitor: heldOut.length > 0 ? { metric: 'loss', mode: 'min' } : { metric: 'pass', mode: 'max' },
    async validate({ epoch, weights: now, session }) {
      const pass = epoch + 1;
      if (watch !== undefined && (pass % watch.every === 0 || pass === epochs)) {
        const watched = await openSequenceNetworks(own, [now]);
        watch.onPass(pass, softmaxRows(await watched.logits(watch.x)));
        await watched.close();
      }
      let loss = 0;
      for (const rows of judged) {
        const { loss: mean } = await session.evaluate(labelled(rows, judgedRows, 0));
        loss += (mean * rows.length) / heldOut.length;
      }
      return { loss, pass };
    },
    onProgress: ({ step }) => onProgress?.(step, totalSteps),
    ...(signal && { signal }),
  });
  if (result.stopped === 'aborted') signal?.throwIfAborted();
  return result.weights;
}

/** Rows of weight above 0. */
function weighty({ y, weights }: TrainingData): Int32Array {
  return Int32Array.from({ length: y.length }, (_, i) => i).filter((i) => weights?.[i] !== 0);
}
