import { readFile } from 'node:fs/promises';
import type { Metrics } from '@blemish/engine';

/** One epoch of a training. */
export interface EpochFigures {
  /** From 0. */
  readonly epoch: number;
  readonly training: Metrics;
  readonly validation: Metrics;
  readonly best: boolean;
  readonly seconds: number;
}

/**
 * All epochs of a training from the log it keeps beside its checkpoints: those before an interruption too. One that was judged again
 * counts as it was judged last.
 */
export async function readEpochs(path: string): Promise<EpochFigures[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  const epochs = lines.flatMap((line): EpochFigures[] => {
    const entry = JSON.parse(line) as Record<string, number>;
    // Lines of steps have no validation.
    if (entry['best'] === undefined) return [];
    const of = (prefix: string): Metrics =>
      Object.fromEntries(
        Object.entries(entry).flatMap(([name, value]) =>
          name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
        ),
      );
    return [
      {
        epoch: entry['epoch'],
        training: of('training.'),
        validation: of('validation.'),
        best: entry['best'] === 1,
        seconds: entry['seconds'],
      },
    ];
  });
  return [...new Map(epochs.map((figures) => [figures.epoch, figures])).values()];
}
