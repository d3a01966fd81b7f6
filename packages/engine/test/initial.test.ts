import { describe, expect, it } from 'vitest';
import { fillInitial, initialsByName, resolveInitial } from '../src/initial.ts';
import type { InitialName } from '../src/initial.ts';
import { randomStream } from '../src/random.ts';

// A convolution [50, 20, 3, 3]; variances and limits as Keras and PyTorch document them.
const fans = { in: 180, out: 450 };
const expected: Record<InitialName, { variance: number; limit: number }> = {
  'he-normal': { variance: 2 / 180, limit: Infinity },
  'he-uniform': { variance: 2 / 180, limit: Math.sqrt(6 / 180) },
  'glorot-normal': { variance: 2 / 630, limit: (2 * Math.sqrt(2 / 630)) / 0.8796 },
  'glorot-uniform': { variance: 2 / 630, limit: Math.sqrt(6 / 630) },
  'lecun-normal': { variance: 1 / 180, limit: (2 * Math.sqrt(1 / 180)) / 0.8796 },
  'lecun-uniform': { variance: 1 / 180, limit: Math.sqrt(3 / 180) },
  pytorch: { variance: 1 / 540, limit: 1 / Math.sqrt(180) },
};

describe('starting distributions', () => {
  it.each(Object.entries(expected))('%s has its variance and limits', (name, { variance, limit }) => {
    const data = new Float32Array(40_000);
    fillInitial(data, resolveInitial(name as InitialName, fans), randomStream(3, name));
    const measured = data.reduce((sum, value) => sum + value * value, 0) / data.length;
    // The variance of a normal sample of 40 000 scatters by √(2/40 000) = 0.7 %; four of those.
    expect(Math.abs(measured / variance - 1)).toBeLessThan(0.03);
    expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / data.length)).toBeLessThan(
      4 * Math.sqrt(variance / data.length),
    );
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(limit * 1.0001);
  });

  it('lists the known names for an unknown one', () => {
    expect(Object.keys(expected)).toEqual(Object.keys(initialsByName));
    expect(() => resolveInitial('xavier' as never, fans)).toThrow(/"xavier"; known are he-normal, .*pytorch/);
  });
});
