/**
 * The frames of each row, in order of time, each frame described by numbers such as the means of a variational autoencoder. Rows chosen
 * from others share the frames with them: nothing is copied.
 */
export interface Sequences {
  /** F, numbers of a frame. */
  readonly features: number;
  /** [rows] first frame of each row. */
  readonly starts: Int32Array;
  /** [rows] how many frames it has, at least 1. */
  readonly lengths: Int32Array;
  /** [frames, F], all finite. */
  readonly frames: Float32Array;
}

/** @throws RangeError where the parts do not fit each other, a row has no frame, or a number is not finite */
export function sequences(features: number, lengths: ArrayLike<number>, frames: Float32Array): Sequences {
  const starts = new Int32Array(lengths.length);
  let total = 0;
  for (let i = 0; i < lengths.length; i++) {
    if (!Number.isInteger(lengths[i]) || lengths[i] < 1) {
      throw new RangeError(`row ${i + 1} has ${lengths[i]} frames: leave rows without frames out`);
    }
    starts[i] = total;
    total += lengths[i];
  }
  if (frames.length !== total * features) {
    throw new RangeError(
      `${frames.length} numbers do not fill ${total} frames of ${features}: give ${total * features}`,
    );
  }
  const wrong = frames.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new RangeError(
      `frame ${Math.floor(wrong / features) + 1}, number ${(wrong % features) + 1}: ${frames[wrong]}; leave frames without an answer out`,
    );
  }
  return { features, starts, lengths: Int32Array.from(lengths), frames };
}

/** The frames of chosen rows, in the order given; views of the same numbers. */
export function selectSequences(all: Sequences, rows: ArrayLike<number>): Sequences {
  return {
    ...all,
    starts: Int32Array.from(rows, (row) => all.starts[row]),
    lengths: Int32Array.from(rows, (row) => all.lengths[row]),
  };
}

/** The frames of one row: [its length, F], a view. */
export function framesOf({ features, starts, lengths, frames }: Sequences, row: number): Float32Array {
  return frames.subarray(starts[row] * features, (starts[row] + lengths[row]) * features);
}
