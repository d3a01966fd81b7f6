import { proportionInterval } from '@blemish/evaluate';
import type { Interval } from '@blemish/evaluate';
import type { LabelledRows } from './fit-table.ts';

/** What becomes of the rows of one class that carry a word. */
export interface TagFigure {
  readonly tag: string;
  readonly class: string;
  /** Rows of that class with the word. */
  readonly n: number;
  /** Share of them decided for the positive class: recall where the class is the positive one, else false alarms. */
  readonly flagged: Interval;
}

/** Fewer rows say nothing. */
const fewest = 3;

/**
 * For each word of the rows (`artefact ghost` are two) and class the share flagged, of two classes, with its interval: recall
 * by kind of artifact, false alarms by kind of object. Most frequent words first.
 */
export function tagFigures(
  { tags, classes, y }: Pick<LabelledRows, 'tags' | 'classes' | 'y'>,
  probabilities: ArrayLike<number>,
  threshold: number,
): TagFigure[] {
  if (tags === null || classes.length !== 2) return [];
  const counts = new Map<
    string,
    { readonly tag: string; readonly label: number; n: number; flagged: number }
  >();
  tags.forEach((words, i) => {
    for (const tag of new Set(words.split(/[\s,;]+/).filter((word) => word !== ''))) {
      const key = `${y[i]} ${tag}`;
      const count = counts.get(key) ?? { tag, label: y[i], n: 0, flagged: 0 };
      count.n++;
      if (probabilities[2 * i + 1] >= threshold) count.flagged++;
      counts.set(key, count);
    }
  });
  return [...counts.values()]
    .filter(({ n }) => n >= fewest)
    .sort((a, b) => b.label - a.label || b.n - a.n)
    .map(({ tag, label, n, flagged }) => ({
      tag,
      class: classes[label],
      n,
      flagged: proportionInterval(flagged, n),
    }));
}
