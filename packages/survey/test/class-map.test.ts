import { describe, expect, it } from 'vitest';
import { classMap, classNumbers } from '../src/learning/class-map.ts';

const originOf = (row: number) => ({ path: 'labels.csv', row: 10 * (row + 1) });
const names = (labels: readonly string[]) => classMap(labels, {}, 't.csv').names;

describe('classes of a table', () => {
  it.each([[['2', '10', '1a']], [['1a', '10', '2']], [['10', '1a', '2']], [['1a', '2', '10.0']]])(
    '%j: the order does not hang on that of the rows',
    (labels) => {
      expect(names(labels)).toEqual(['2', '10', '1a']);
    },
  );

  it('words for a missing number are classes like others; an empty cell is none', () => {
    const labels = ['none', 'na', 'null', '--', 'star'];
    const classes = classMap(labels, {}, 't.csv');
    expect(classes.names).toEqual(['--', 'na', 'none', 'null', 'star']);
    expect(Array.from(classNumbers(labels, classes, 'kind', originOf))).toEqual([2, 1, 3, 0, 4]);
    expect(() => classNumbers(['none', ' '], classes, 'kind', originOf)).toThrow(
      /labels\.csv: row 20: the label column 'kind' is empty/,
    );
    expect(() => classNumbers(['nan'], classes, 'kind', originOf)).toThrow(/holds 'nan'; known are/);
  });
});
