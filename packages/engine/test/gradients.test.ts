import { describe, expect, it } from 'vitest';
import { operators } from '../src/ops/table.ts';
import type { AnyOperator } from '../src/operator.ts';
import { gradientCases } from './support/gradient-cases.ts';
import { gradientError } from './support/gradient-check.ts';

describe('gradient rules agree with central differences', () => {
  it('for every operator in the table', () => {
    expect(Object.keys(gradientCases).sort()).toEqual(Object.keys(operators).sort());
  });

  for (const [name, list] of Object.entries(gradientCases)) {
    const operator = (operators as Record<string, AnyOperator>)[name];
    it.each(list.map((test) => [JSON.stringify(test.inputs), test] as const))(
      `${name} %s`,
      async (_, test) => {
        expect(await gradientError(operator, test)).toBeLessThan(2e-3);
      },
    );
  }
});
