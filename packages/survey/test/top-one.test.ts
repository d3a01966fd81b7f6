import { describe, expect, it } from 'vitest';
import { topOne } from '../src/report/top-one.ts';
import type { EvaluatedImage } from '../src/report/types.ts';

/** @param truth [class, signal-to-noise] pairs. */
function image(
  truth: readonly [string, number][],
  probability: number,
  a: number,
  b: number,
): EvaluatedImage {
  return {
    ...{ group: 'one', probability, flaggedClasses: [] },
    classes: { A: a, B: b },
    truth: truth.map(([className, snr]) => ({ className, snr })),
  };
}

describe('the likeliest class of images with one', () => {
  const images = [
    image([['A', 9]], 0.9, 0.7, 0.2),
    // Another one too faint to count, and the answer is "No artifact".
    image(
      [
        ['A', 6],
        ['B', 2],
      ],
      0.3,
      0.2,
      0.1,
    ),
    image(
      [
        ['B', 20],
        ['B', 7],
      ],
      0.8,
      0.5,
      0.3,
    ),
    // Left out: two strong classes, none, too faint, and a class that is not asked for.
    image(
      [
        ['A', 9],
        ['B', 9],
      ],
      0.9,
      0.1,
      0.8,
    ),
    image([], 0.1, 0.05, 0.05),
    image([['A', 4]], 0.9, 0.8, 0.1),
    image([['C', 50]], 0.9, 0.8, 0.1),
  ];
  const found = topOne(images, ['A', 'B'], 5, ({ probability }) => probability < 0.5, { samples: 10 });

  it('is right on two of three', () => {
    expect(found.top1_accuracy.value).toBeCloseTo(2 / 3);
  });

  it('is right on one where "No artifact" is an answer', () => {
    expect(found.top1_with_none_accuracy.value).toBeCloseTo(1 / 3);
  });

  it('has the commonest class for a trivial answer', () => {
    expect(found.top1_majority_accuracy.value).toBeCloseTo(2 / 3);
  });
});
