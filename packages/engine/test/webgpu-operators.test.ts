import { describe, expect, it } from 'vitest';
import type { AnyOperator } from '../src/operator.ts';
import { operators } from '../src/ops/table.ts';
import { gradientCases } from './support/gradient-cases.ts';
import { deviceError } from './support/gradient-check.ts';
import type { GradientCase } from './support/gradient-check.ts';
import { webgpuMissing } from './support/webgpu.ts';

const missing = await webgpuMissing();
if (missing) console.warn(`skipped: ${missing}`);

/** One case of each operator by default, since the software driver takes seconds to translate a program: all cases take many minutes. */
const every = process.env.BLEMISH_WEBGPU === 'all';

/** Rounding of float32 in sums of some hundred terms, in another order. */
const tolerance = 1e-5;

describe.skipIf(missing)('on WebGPU values and gradients are those of the processor', () => {
  for (const [name, list] of Object.entries(gradientCases)) {
    const operator = (operators as Record<string, AnyOperator>)[name];
    it(
      name,
      async () => {
        for (const test of every ? list : list.slice(0, 1))
          expect(await deviceError(operator, test, 'webgpu')).toBeLessThan(tolerance);
      },
      240_000,
    );
  }

  it('where many values become one, which takes several steps there', async () => {
    const all = { axes: [0, 1, 2, 3], keep: false };
    const large: [AnyOperator, GradientCase][] = [
      [operators.sum, { inputs: [[2, 4, 32, 16]], attributes: all }],
      [operators.mean, { inputs: [[3, 2, 48, 40]], attributes: { axes: [0, 2, 3], keep: true } }],
      [operators.max, { inputs: [[2, 3, 64, 32]], attributes: { axes: [2, 3], keep: false } }],
      [operators.sum, { inputs: [[1, 1, 37, 53]], attributes: all }],
    ];
    for (const [operator, test] of large) {
      expect(await deviceError(operator, test, 'webgpu')).toBeLessThan(tolerance);
    }
  }, 120_000);

  it('where channels are a multiple of three, which the provider convolves wrongly with channels last', async () => {
    const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 };
    const test: GradientCase = {
      inputs: [
        [2, 9, 32, 32],
        [16, 9, 3, 3],
      ],
      attributes: convolution,
    };
    expect(await deviceError(operators.conv2d, test, 'webgpu')).toBeLessThan(tolerance);
  }, 120_000);

  it('where the largest value of a window comes twice', async () => {
    const test: GradientCase = {
      inputs: [[1, 2, 6, 6]],
      attributes: { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
      domain: (u) => Math.round(u),
    };
    expect(await deviceError(operators.maxPool, test, 'webgpu')).toBeLessThan(tolerance);
  }, 120_000);
});
