import { dirname, join } from 'node:path';
import { framePreviews } from '../frames/frame-preview.ts';
import type { DrawFrame } from '../frames/frame-preview.ts';
import type { ReportPreview } from '../report/types.ts';
import type { LabelledRows } from './fit-table.ts';
import { decidingFrames, oddFrom } from './frame-rows.ts';
import type { JudgedFrames } from './frame-rows.ts';
import { decide } from './measure.ts';

/** A frame that says much of the verdict, or an ordinary one beside it. */
export interface DecidingFrame {
  /** Its place among the object's frames that have a value, from 0: its row in the array where all have. */
  readonly frame: number;
  readonly oddness: number;
  readonly odd: boolean;
  /** Null where the model does not weigh frames. */
  readonly share: number | null;
  readonly picture: ReportPreview | null;
}

/** An object worth looking at, and the frames its verdict comes from. */
export interface DecidedObject {
  readonly id: string;
  readonly label: string;
  readonly decided: string;
  /** What else is said of it; empty where nothing is. */
  readonly words: string;
  /** Of the positive class; with more than two classes of the one decided for. */
  readonly probability: number;
  /** How odd each of its frames is, in order of time. */
  readonly oddness: Float64Array;
  /** First the one that says most. */
  readonly top: readonly DecidingFrame[];
  /** The least odd of the others, where it has a picture: what the others are to be compared with. */
  readonly ordinary: DecidingFrame | null;
}

export interface DecidedGroup {
  readonly title: string;
  readonly objects: readonly DecidedObject[];
}

/** Objects of each kind in a report, and frames of each. */
const objects = 8;
const framesShown = 5;

/** The objects surely flagged, missed and falsely flagged (more classes: surely right and wrong), each with the frames that say most. */
export async function decidedObjects(
  rows: LabelledRows,
  probabilities: Float64Array,
  threshold: number | null,
  judged: readonly JudgedFrames[],
  arrays: string,
): Promise<DecidedGroup[]> {
  const decided = decide(probabilities, rows.classes.length, threshold);
  const chosen = chosenRows(rows, probabilities, decided);
  const folder = dirname(rows.path);
  const lengths = chosen.flatMap(({ members }) =>
    members.map((row) => [rows.ids![row], judged[row].oddness.length] as const),
  );
  const draw = await framePreviews(join(folder, arrays), join(folder, 'frames'), new Map(lengths));
  const groups = [];
  for (const { title, members } of chosen) {
    const found = [];
    for (const row of members) {
      found.push({
        id: rows.ids![row],
        label: rows.classes[rows.y[row]],
        decided: rows.classes[decided[row]],
        words: rows.tags?.[row] ?? '',
        probability: probabilityOf(rows, probabilities, row, decided[row]),
        ...(await decidingOf(rows.ids![row], judged[row], draw)),
      });
    }
    groups.push({ title, objects: found });
  }
  return groups;
}

function chosenRows(
  rows: LabelledRows,
  probabilities: Float64Array,
  decided: Int32Array,
): { readonly title: string; readonly members: readonly number[] }[] {
  const { y, classes } = rows;
  const all = Array.from(y, (_, row) => row);
  const surest = (title: string, fits: (row: number) => boolean, sign = -1) => {
    const p = (row: number) => sign * probabilityOf(rows, probabilities, row, decided[row]);
    const members = all.filter(fits).sort((a, b) => p(a) - p(b) || a - b);
    return { title, members: members.slice(0, objects) };
  };
  const groups =
    classes.length === 2
      ? [
          surest('Most surely flagged', (row) => decided[row] === 1 && y[row] === 1),
          surest('Worst false alarms', (row) => decided[row] === 1 && y[row] === 0),
          surest('Worst misses', (row) => decided[row] === 0 && y[row] === 1, 1),
        ]
      : [
          surest('Most surely right', (row) => decided[row] === y[row]),
          surest('Most surely wrong', (row) => decided[row] !== y[row]),
        ];
  return groups.filter(({ members }) => members.length > 0);
}

function probabilityOf(
  { classes }: LabelledRows,
  probabilities: Float64Array,
  row: number,
  decided: number,
): number {
  return probabilities[row * classes.length + (classes.length === 2 ? 1 : decided)];
}

async function decidingOf(
  id: string,
  judged: JudgedFrames,
  draw: DrawFrame | null,
): Promise<Pick<DecidedObject, 'oddness' | 'top' | 'ordinary'>> {
  const { oddness, shares } = judged;
  const of = async (frame: number): Promise<DecidingFrame> => ({
    frame,
    oddness: oddness[frame],
    odd: oddness[frame] >= oddFrom,
    share: shares?.[frame] ?? null,
    // A report is not lost with a picture.
    picture: (await draw?.(id, frame).catch(() => null)) ?? null,
  });
  const chosen = decidingFrames(judged, framesShown);
  const top = [];
  for (const frame of chosen) top.push(await of(frame));
  const others = [...oddness.keys()].filter((frame) => !chosen.includes(frame));
  if (draw === null || others.length === 0) return { oddness, top, ordinary: null };
  const ordinary = await of(
    others.reduce((least, frame) => (oddness[frame] < oddness[least] ? frame : least)),
  );
  return { oddness, top, ordinary: ordinary.picture === null ? null : ordinary };
}
