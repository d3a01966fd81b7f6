import { appendSequenceTables, sequenceOid, sequenceTables } from '@blemish/sky';
import type { SequenceOptions, WrittenSequence } from '@blemish/sky';
import type { Existing, SimulationResult } from './run-simulation.ts';
import { runSimulation } from './run-simulation.ts';
import type { SequenceTask } from './sequence-worker.ts';

export interface SimulateSequencesOptions {
  readonly n: number;
  /** Object i has the seed `seed + i`. */
  readonly seed: number;
  readonly out: string;
  readonly threads?: number | undefined;
  readonly existing: Existing;
  readonly sequence: Omit<SequenceOptions, 'seed'>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface SimulateSequencesResult extends Omit<SimulationResult, 'names'> {
  /** Of the objects made now. */
  readonly frames: number;
  readonly badFrames: number;
  readonly artifacts: number;
}

/**
 * Makes objects under `frames/`, and their rows of `labels.csv` and `frames.csv` in the order of the seeds.
 * @throws SurveyError OUTPUT_EXISTS; RangeError for an option the simulator cannot do; FitsError DISK_FULL, WRITE_FAILED
 */
export async function simulateSequences(options: SimulateSequencesOptions): Promise<SimulateSequencesResult> {
  const { n, seed, out, threads, existing, signal, onProgress, sequence } = options;
  let frames = 0;
  let badFrames = 0;
  let artifacts = 0;
  const { made, kept, interrupted } = await runSimulation<SequenceTask, WrittenSequence>({
    ...{ out, noun: 'object', threads, existing, signal, onProgress },
    units: Array.from({ length: n }, (_, i) => ({
      name: sequenceOid(seed + i),
      task: { options: { ...sequence, seed: seed + i }, out },
    })),
    pathOf: (oid) => `frames/${oid}`,
    tables: Object.keys(sequenceTables),
    worker: new URL('./sequence-worker.ts', import.meta.url),
    append: async (written) => {
      await appendSequenceTables(out, [written]);
      frames += written.frames.length;
      badFrames += written.badFrames;
      if (written.artifact) artifacts++;
    },
  });
  return { made, kept, frames, badFrames, artifacts, interrupted };
}
