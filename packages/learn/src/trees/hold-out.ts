import { randomStream } from '@blemish/engine';
import type { TrainingData } from '../learner.ts';

/** Rows to learn from and rows held out, each in the data's order. */
export interface HeldOut {
  readonly fit: Int32Array;
  readonly held: Int32Array;
}

/** Holds out this share of each class, rounded, at least one row of each learned from. */
export function holdOut({ y, classes }: TrainingData, share: number, seed: number): HeldOut {
  const uniform = randomStream(seed, 'rows held out');
  const isHeld = new Uint8Array(y.length);
  for (let k = 0; k < classes; k++) {
    const members: number[] = [];
    for (let i = 0; i < y.length; i++) if (y[i] === k) members.push(i);
    const count = Math.min(members.length - 1, Math.round(share * members.length));
    for (let drawn = 0; drawn < count; drawn++) {
      const at = drawn + Math.floor(uniform() * (members.length - drawn));
      [members[drawn], members[at]] = [members[at], members[drawn]];
      isHeld[members[drawn]] = 1;
    }
  }
  const rows = Int32Array.from({ length: y.length }, (_, i) => i);
  return { fit: rows.filter((i) => isHeld[i] === 0), held: rows.filter((i) => isHeld[i] === 1) };
}
