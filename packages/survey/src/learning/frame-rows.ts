import { frameOutliers } from '@blemish/learn';
import type { FittedClassifier, Matrix } from '@blemish/learn';
import type { Column, Row } from '../tables/index.ts';

/** A frame this odd among those of its object is flagged: so many robust deviations. */
export const oddFrom = 6;

/** What is said of the frames of one object, in their order. */
export interface JudgedFrames {
  /** How odd each is among them ({@link frameOutliers}). */
  readonly oddness: Float64Array;
  /** Share of each in the verdict; null where the model does not weigh frames. */
  readonly shares: Float64Array | null;
  /** Number of each in its array; null where they are all there. */
  readonly numbers?: Int32Array | null | undefined;
}

/**
 * What a model and the frames themselves say of each frame of each row.
 * @param numbers of the frames in the arrays of rows that lack some
 * @throws RangeError where rows have no frames
 */
export async function judgeFrames(
  model: FittedClassifier,
  x: Matrix,
  numbers: readonly (Int32Array | null)[] | undefined,
): Promise<JudgedFrames[]> {
  const { sequences } = x;
  if (sequences === undefined) throw new RangeError('the rows have no frames to judge');
  const oddness = frameOutliers(sequences);
  const shares = (await model.frameShares?.(x)) ?? null;
  let first = 0;
  return Array.from(sequences.lengths, (length, row) => {
    const from = first;
    first += length;
    return {
      oddness: oddness.subarray(from, first),
      shares: shares?.subarray(from, first) ?? null,
      numbers: numbers?.[row],
    };
  });
}

/** The frames that say most, first the one that does: by their share in the verdict, or how odd they are; none that says nothing. */
export function decidingFrames({ oddness, shares }: JudgedFrames, count: number): number[] {
  const weight = (frame: number) => (shares === null ? oddness[frame] : shares[frame]);
  return Array.from(oddness, (_, frame) => frame)
    .filter((frame) => weight(frame) > 0)
    .sort((a, b) => weight(b) - weight(a) || a - b)
    .slice(0, count);
}

/** Columns of the table of frames that a prediction writes. */
export function judgedFrameColumns(id: string): readonly Column[] {
  return [
    { name: id, type: 'string', description: 'the object', ucd: 'meta.id' },
    { name: 'frame', type: 'int', description: 'row of the frame in the array of the object, from 0' },
    {
      name: 'oddness',
      type: 'double',
      description: "distance from the object's median frame, in robust deviations above the usual distance",
    },
    {
      name: 'share',
      type: 'double',
      description:
        'attention the frame gets, of a stack from those members that weigh frames; sums to 1; null where none does',
    },
    { name: 'flagged', type: 'boolean', description: `is the frame odd, from ${oddFrom} deviations on?` },
    { name: 'probability', type: 'double', description: "the object's probability", ucd: 'stat.probability' },
  ];
}

/** The rows of that table of one object. */
export function* frameRows(
  id: { readonly name: string; readonly value: string },
  { oddness, shares, numbers }: JudgedFrames,
  probability: number,
): Generator<Row> {
  for (let frame = 0; frame < oddness.length; frame++) {
    yield {
      [id.name]: id.value,
      frame: numbers?.[frame] ?? frame,
      oddness: oddness[frame],
      share: shares?.[frame] ?? null,
      flagged: oddness[frame] >= oddFrom,
      probability,
    };
  }
}
