import fc from 'fast-check';
import { expect, it } from 'vitest';
import { missedDetections } from '../src/difference/missed-detections.ts';

const significance = fc.double({ min: 5, max: 60, noNaN: true });

it('the share of missed fakes is that of the threshold which so many false detections pass', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(significance, fc.constant(0)), { minLength: 1, maxLength: 40 }),
      fc.uniqueArray(significance, { maxLength: 40 }),
      (fakes, falses) => {
        const rows = missedDetections(fakes, falses, 5, 1);
        let before = 2;
        for (const { falseDetections, falsePositiveRate, threshold, missed } of rows) {
          const isLast = falseDetections === falses.length;
          const passes = (one: number) => (isLast ? one > 0 : one > threshold);
          expect(falses.filter(passes)).toHaveLength(falseDetections);
          if (falses.length > 0) expect(falsePositiveRate).toBe(falseDetections / falses.length);
          const share = fakes.filter((one) => !passes(one)).length / fakes.length;
          expect(missed.value).toBeCloseTo(share, 12);
          expect(share).toBeLessThanOrEqual(before);
          before = share;
        }
        expect(rows.at(-1)!.threshold).toBe(5);
      },
    ),
    { numRuns: 15 },
  );
});

it('its interval covers what a new field would give, luck of the false detections included', () => {
  // Fakes and false detections of one law: of 40 false ones, the fourth lets 10 % pass, so 90 % of fakes are missed.
  let state = 3;
  const uniform = () => (state = (Math.imul(state, 48271) >>> 0) % 2147483647) / 2147483647;
  const law = () => 5 - 4 * Math.log(1 - uniform());
  let covered = 0;
  for (let k = 0; k < 40; k++) {
    const draw = (n: number) => Array.from({ length: n }, law);
    const row = missedDetections(draw(60), draw(40), 5, k).find(
      ({ falseDetections }) => falseDetections === 4,
    );
    if (row!.missed.value !== null && row!.missed.low <= 0.9 && row!.missed.high >= 0.9) covered++;
  }
  // 38 of 40 expected; 3 σ below
  expect(covered).toBeGreaterThanOrEqual(33);
});
