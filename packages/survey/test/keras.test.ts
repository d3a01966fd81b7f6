import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chainToOnnx, loadModel } from '@blemish/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeNpz, toFloat64 } from '../src/arrays/index.ts';
import { readKeras } from '../src/interchange/keras.ts';
import { toChannelsFirst } from '../src/stamps/layout.ts';

const folder = fileURLToPath(new URL('./fixtures/keras/', import.meta.url));

const names = { input: 'input', output: 'output' };

describe.each([
  ['sequential.h5', null],
  ['sequential.h5', 'sequential.json'],
  ['sequential.weights.h5', 'sequential.json'],
  ['functional.h5', null],
  ['functional.weights.h5', 'functional.json'],
  ['functional.h5', 'functional.keras2.json'],
])('%s with the architecture of %s', (weightsFile, architecture) => {
  it('answers as Keras does', async () => {
    const { chain, weights } = await readKeras(
      folder + weightsFile,
      architecture === null ? null : folder + architecture,
    );
    const archive = await readFile(`${folder}${weightsFile.split('.')[0]}.npz`);
    const stamps = decodeNpz(archive, 'stamps');
    const [channels, height, width] = chain.input;
    const input = { channels, height, width, layout: 'channels-first' } as const;
    const data = Float32Array.from(toChannelsFirst(toFloat64(stamps.data), 'channels-last', input));
    const model = await loadModel(chainToOnnx(chain, weights, names), { threads: 1 });
    const { output } = await model.run({ input: data });
    await model.close();
    const answers = decodeNpz(archive, 'answers');
    expect(output.shape).toEqual(answers.shape);
    // Sums of a few hundred float32 products in another order: 1e-6 is some units of the last place of a probability.
    const error = Math.max(...output.data.map((value, i) => Math.abs(value - Number(answers.data[i]))));
    expect(error).toBeLessThan(1e-6);
  });
});

interface LayerJson {
  class_name: string;
  config: Record<string, unknown>;
  inbound_nodes?: unknown;
}

/** The architecture of a fixture with something changed, read with the fixture's weights. */
async function changed(name: string, change: (layers: LayerJson[]) => void): Promise<unknown> {
  const model = JSON.parse(await readFile(`${folder}${name}.json`, 'utf8')) as {
    config: { layers: LayerJson[] };
  };
  change(model.config.layers);
  const path = join(root, 'architecture.json');
  await writeFile(path, JSON.stringify(model));
  return readKeras(`${folder}${name.split('.')[0]}.h5`, path);
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-keras-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const dense = { class_name: 'Dense', config: { name: 'second', units: 1 } };

const refusals: readonly (readonly [string, string, (layers: LayerJson[]) => void, string])[] = [
  [
    'sequential',
    'an unknown layer',
    (l) => void (l[2].class_name = 'Conv3D'),
    'layer "first" is a Conv3D, which is not known; known are Activation, ActivityRegularization',
  ],
  [
    'sequential',
    'an unknown activation',
    (l) => void (l[2].config['activation'] = 'mish'),
    'layer "first": unknown activation "mish"; known are linear, relu',
  ],
  [
    'sequential',
    'an activation of unstated slope',
    (l) => void (l[2].config['activation'] = 'leaky_relu'),
    'unknown activation "leaky_relu"',
  ],
  [
    'sequential',
    'channels first',
    (l) => void (l[2].config['data_format'] = 'channels_first'),
    'has data_format "channels_first"',
  ],
  [
    'sequential',
    'a kernel that is none',
    (l) => void (l[2].config['kernel_size'] = [3, 0]),
    'kernel_size is [3,0], not two whole numbers',
  ],
  [
    'sequential',
    'another number of filters',
    (l) => void (l[2].config['filters'] = 5),
    'first.weight is [4, 2, 3, 2], the network has [5, 2, 3, 2]',
  ],
  [
    'sequential',
    'a layer without weights',
    (l) => void (l[2].config['name'] = 'other'),
    'layer "other" needs its kernel, but no array of this layer is in the weights',
  ],
  [
    'functional.keras2',
    'no input shape',
    (l) => void delete l[0].config['batch_input_shape'],
    'does not say the shape of its input',
  ],
  [
    'functional.keras2',
    'a branch',
    (l) => l.push({ ...dense, inbound_nodes: [[[String(l[1].config['name']), 0, 0, {}]]] }),
    'only networks whose layers follow each other are read',
  ],
  [
    'functional.keras2',
    'a join',
    (l) => {
      const names = [l[1], l[2]].map((layer) => [String(layer.config['name']), 0, 0, {}]);
      l[3].inbound_nodes = [names];
    },
    'only networks whose layers follow each other are read',
  ],
];

describe('what is not read is refused by name', () => {
  it.each(refusals)('%s with %s', async (name, _what, change, message) => {
    const result = changed(name, change).then((network) => {
      const { chain, weights } = network as Awaited<ReturnType<typeof readKeras>>;
      return chainToOnnx(chain, weights, names);
    });
    await expect(result).rejects.toThrow(message);
  });

  it('files of another kind', async () => {
    const weights = `${folder}sequential.weights.h5`;
    await expect(readKeras(weights, null)).rejects.toThrow('holds weights alone; give the architecture');
    await expect(readKeras(weights, `${folder}make-keras.py`)).rejects.toThrow(
      'is not the JSON of a Keras model',
    );
    await expect(readKeras(`${folder}make-keras.py`, null)).rejects.toThrow('cannot be read as HDF5');
    await expect(readKeras(join(root, 'none.h5'), null)).rejects.toThrow('ENOENT');
  });
});
