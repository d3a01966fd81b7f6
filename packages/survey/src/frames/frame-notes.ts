import type { FrameNote } from './types.ts';

const meanings: Readonly<Record<FrameNote, string>> = {
  'by-name': 'no header says when a frame was observed: frames are in order of their file names',
  'several-bands': 'frames of several bands in one sequence, in order of time',
};

/** Objects named in a line of notes. */
const named = 5;

/** Notes of many objects, a line for each kind instead of one for each object. */
export class FrameNotes {
  readonly #objects = new Map<FrameNote, { count: number; readonly first: string[] }>();

  add(oid: string, notes: readonly FrameNote[]): void {
    for (const note of notes) {
      const known = this.#objects.get(note) ?? { count: 0, first: [] };
      known.count++;
      if (known.first.length < named) known.first.push(oid);
      this.#objects.set(note, known);
    }
  }

  lines(): string[] {
    return [...this.#objects].map(([note, { count, first }]) => {
      const more = count > first.length ? ` and ${count - first.length} more` : '';
      return `${meanings[note]} (${count} object${count === 1 ? '' : 's'}: ${first.join(', ')}${more})`;
    });
  }
}
