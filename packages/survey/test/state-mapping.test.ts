import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeSafetensors } from '@blemish/engine';
import type { WeightArray } from '@blemish/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SurveyError } from '../src/errors.ts';
import { readState } from '../src/interchange/state-mapping.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-mapping-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const zeros = (...shape: number[]): WeightArray => ({
  shape,
  data: new Float32Array(shape.reduce((product, extent) => product * extent, 1)),
});
const state = {
  'net.0.conv.weight': zeros(2, 1, 3, 3),
  'net.0.conv.bias': zeros(2),
  'net.1.conv.weight': zeros(4, 2, 1, 1),
  'net.1.conv.bias': zeros(4),
  'net.0.norm.num_batches_tracked': zeros(1),
};
const layers = `
[[layers]]
type = "conv"
name = "block0"
out = 2
kernel = 3
padding = [1, 0]
stride = [2, 1]
[[layers]]
type = "relu"
[[layers]]
type = "conv"
name = "block1"
out = 4
kernel = 1
[[layers]]
type = "global-average-pool"
`;
const mapping = `name = "net"
input = [1, 8, 8]
output = "logit"
ignore = ["*.num_batches_tracked"]
[tensors]
"net.*.conv.*" = "block*.*"
${layers}`;

async function read(toml: string, arrays: Record<string, WeightArray> = state) {
  const weights = join(root, 'state.safetensors');
  const path = join(root, 'mapping.toml');
  await writeFile(weights, encodeSafetensors(new Map(Object.entries(arrays)), {}));
  await writeFile(path, toml);
  return readState(weights, path);
}

describe('a mapping file', () => {
  it('says architecture, names and what is not needed', async () => {
    const { chain, weights, output } = await read(mapping);
    expect(output).toBe('logit');
    expect(chain.input).toEqual([1, 8, 8]);
    expect(chain.layers[0]).toMatchObject({
      kernel: [3, 3],
      padding: [1, 0, 1, 0],
      stride: [2, 1],
      groups: 1,
      bias: true,
    });
    expect(Object.keys(weights).sort()).toEqual([
      'block0.bias',
      'block0.weight',
      'block1.bias',
      'block1.weight',
    ]);
  });

  it('needs no [tensors] where the layers are named as in the file', async () => {
    const plain = mapping.replace(/\[tensors\]\n.*\n/, '').replaceAll(/"block(\d)"/g, '"net.$1.conv"');
    expect(Object.keys((await read(plain)).weights)).toHaveLength(4);
  });

  it.each([
    [
      'a layer of an unknown type',
      mapping.replace('"relu"', '"rellu"'),
      'layers.1.type: unknown type "rellu"; known are conv, dense, batch-norm, max-pool',
    ],
    ['a wrong key', mapping.replace('kernel = 1', 'kernal = 1'), 'layers.2: Unrecognized key: "kernal"'],
    ['a wrong value', mapping.replace('out = 4', 'out = 0'), 'layers.2.out: '],
    ['a missing key', mapping.replace('input = [1, 8, 8]', ''), 'input: '],
    ['no TOML', 'name = ', 'not TOML: '],
    [
      'tensors left over',
      mapping.replace(/ignore.*\n/, ''),
      '1 tensors belong to no layer: net.0.norm.num_batches_tracked. Name them under [tensors] or in ignore',
    ],
    [
      'tensors under other names',
      mapping.replace('net.*.conv.*', 'model.*.conv.*'),
      'without a tensor are block0.weight, block0.bias, block1.weight, block1.bias',
    ],
    [
      'two tensors for one weight',
      mapping.replace('"block*.*"', '"block0.weight"'),
      'two tensors become block0.weight; one of them is net.0.conv.bias',
    ],
    [
      'a layer that does not fit',
      mapping.replace('input = [1, 8, 8]', 'input = [1, 8, 2]'),
      'layer "block0" (conv2d): ',
    ],
  ])('with %s says where', async (_, toml, message) => {
    await expect(read(toml)).rejects.toThrow(message);
    await expect(read(toml)).rejects.toThrow(SurveyError);
  });

  it('names a file that is no safetensors', async () => {
    await read(mapping);
    await writeFile(join(root, 'bad.safetensors'), 'nothing');
    await expect(readState(join(root, 'bad.safetensors'), join(root, 'mapping.toml'))).rejects.toThrow(
      'bad.safetensors: no safetensors header in 7 bytes',
    );
  });
});
