import type { Measure } from './types.ts';

/**
 * Plain mean over classes. Undefined as soon as one class is: a mean over whichever classes happen to have data hides
 * the missing ones. Leave a class out on purpose, by name, before averaging.
 */
export function macroAverage(measures: readonly Measure[], names?: readonly string[]): Measure {
  if (measures.length === 0) return { value: null, reason: 'no classes to average' };
  let sum = 0;
  for (let i = 0; i < measures.length; i++) {
    const measure = measures[i];
    if (measure.value === null) {
      return { value: null, reason: `${names?.[i] ?? `class ${i}`}: ${measure.reason}` };
    }
    sum += measure.value;
  }
  return { value: sum / measures.length };
}
