import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHdu } from '@blemish/fits';
import { writeError } from '@blemish/fits/node';
import { appendLines } from '../append-lines.ts';
import type { SequenceTag } from './artifact.ts';
import { sequenceTags } from './artifact.ts';
import { frameHeader } from './frame-header.ts';
import type { SequencePlan } from './plan.ts';
import { renderFrame } from './render-frame.ts';

/** An object that was written: its row of `labels.csv`, and its lines of `frames.csv`. */
export interface WrittenSequence {
  readonly oid: string;
  readonly artifact: boolean;
  readonly tags: readonly string[];
  /** A line a frame. */
  readonly frames: readonly string[];
  readonly badFrames: number;
}

/** Tables of a folder of sequences and their first lines. Both begin with the object's number. */
export const sequenceTables = {
  'labels.csv': 'oid,artefact,tags',
  'frames.csv': 'oid,frame,mjd,seeing,sky,magnitude,bad,tags',
} as const;

/**
 * Makes and writes one object: `frames/<oid>/<oid>_<NNNN>.fits`, numbers from 0 in order of time. The folder has its name only when it is whole;
 * one that is there is replaced.
 * @throws FitsError DISK_FULL, WRITE_FAILED; nothing half-written is left.
 */
export function writeSequence(plan: SequencePlan, directory: string): WrittenSequence {
  const { oid } = plan;
  const folder = join(directory, 'frames', oid);
  const draft = `${folder}.partial`;
  const lines: string[] = [];
  const seen = new Set<SequenceTag>();
  let badFrames = 0;
  try {
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    plan.exposures.forEach((exposure, frame) => {
      const made = renderFrame(plan, frame);
      const hdu = {
        header: frameHeader(plan, frame, made),
        shape: [made.height, made.width],
        data: made.pixels,
      };
      const name = `${oid}_${String(frame).padStart(4, '0')}.fits`;
      writeFileSync(join(draft, name), encodeHdu(hdu, true));
      const bad = made.tags.length > 0;
      if (bad) badFrames++;
      made.tags.forEach((tag) => seen.add(tag));
      lines.push(
        [
          ...[oid, frame, exposure.mjd.toFixed(7), exposure.fwhmPixels, exposure.skyLevel.toFixed(2)],
          ...[plan.magnitudes[frame].toFixed(4), bad ? 1 : 0, made.tags.join(' ')],
        ].join(','),
      );
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
  } catch (error) {
    try {
      rmSync(draft, { recursive: true, force: true });
    } catch {
      // A failing removal must not hide the error that brought us here.
    }
    throw error instanceof Error && 'syscall' in error ? writeError(folder, error) : error;
  }
  const tags =
    badFrames === 0
      ? plan.tags
      : ['artefact', ...sequenceTags.filter((tag) => seen.has(tag)), ...(badFrames === 1 ? ['1-point'] : [])];
  return { oid, artifact: badFrames > 0, tags, frames: lines, badFrames };
}

/** Adds the rows of objects to `labels.csv` and `frames.csv`, frames first: an object with a label has all its rows. */
export async function appendSequenceTables(
  directory: string,
  rows: readonly WrittenSequence[],
): Promise<void> {
  const frames = rows.flatMap((row) => row.frames);
  const labels = rows.map(({ oid, artifact, tags }) => `${oid},${artifact ? 1 : 0},${tags.join(' ')}`);
  await appendLines(join(directory, 'frames.csv'), sequenceTables['frames.csv'], frames);
  await appendLines(join(directory, 'labels.csv'), sequenceTables['labels.csv'], labels);
}
