import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectOnnx } from '@blemish/engine';
import { decodeNpz, encodeNpy } from '@blemish/survey/arrays';
import type { NdArray } from '@blemish/survey/arrays';
import { findPython, runPython } from '@blemish/testkit';
import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runJson } from './helpers/main.ts';

const fixtures = fileURLToPath(new URL('./fixtures/onnx/', import.meta.url));
const keras = fileURLToPath(new URL('../../survey/test/fixtures/keras/', import.meta.url));

interface Answer {
  readonly shape: number[];
  readonly images: number[];
  readonly outputs: Readonly<Record<string, number[][]>>;
}
const answers = JSON.parse(await readFile(`${fixtures}answers.json`, 'utf8')) as Record<string, Answer>;

interface Predictions {
  readonly predictions: readonly Readonly<Record<string, number | string | null>>[];
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-interchange-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Imports a fixture; the bundle is named after it. */
async function importOnnx(name: string, ...options: string[]): Promise<string> {
  const bundle = join(root, name);
  await runJson(
    'model',
    'import',
    `${fixtures}${name}.onnx`,
    '--preprocess',
    'none',
    '--out',
    bundle,
    '--force',
    ...options,
  );
  return bundle;
}

async function saveArray(name: string, array: NdArray): Promise<string> {
  const path = join(root, name);
  await writeFile(path, encodeNpy(array));
  return path;
}

const softmax = (logits: readonly number[]): number[] => {
  const powers = logits.map(Math.exp);
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
};

describe('an ONNX model', () => {
  it.each([
    ['channels-last', 'y', softmax, ['--output', 'logit']],
    ['later-opset', 'y', (row: number[]) => row, []],
    ['two-outputs', 'z', (row: number[]) => row, ['--output-name', 'z']],
    ['one-at-a-time', 'y', softmax, ['--output', 'logit']],
    ['open-size', 'y', softmax, ['--output', 'logit', '--shape', '2,5,5']],
  ] as const)('%s gives what the reference evaluator gives', async (name, output, meaning, options) => {
    const bundle = await importOnnx(name, '--classes', 'star,galaxy,artifact', ...options);
    const { shape, images, outputs } = answers[name];
    const stamps = await saveArray(`${name}.npy`, { shape, data: Float32Array.from(images) });
    const { predictions } = await runJson<Predictions>('predict', bundle, stamps);
    expect(predictions).toHaveLength(shape[0]);
    for (const [k, row] of outputs[output].entries()) {
      const wanted = meaning(row);
      const { p_star, p_galaxy, p_artifact, probability, class: best } = predictions[k];
      for (const [i, value] of [p_star, p_galaxy, p_artifact].entries())
        expect(value, `stamp ${k}`).toBeCloseTo(wanted[i], 5);
      const most = Math.max(...wanted);
      expect(probability).toBeCloseTo(most, 5);
      expect(best).toBe(['star', 'galaxy', 'artifact'][wanted.indexOf(most)]);
    }
  });

  it.each([
    ['channels-last', [], 'the last layer does not say what its 3 numbers are; add --output'],
    ['two-outputs', [], 'has 2 outputs (y, z); choose one with --output-name'],
    ['two-outputs', ['--output-name', 'x'], 'has no output "x"; there are y, z'],
    ['open-size', ['--output', 'logit'], 'say the open extents with --shape CHANNELS,HEIGHT,WIDTH'],
    ['later-opset', ['--shape', '3,6,5'], '--shape 3,6,5 does not fit input "image" [?, 2, 6, 5]'],
    ['later-opset', ['--classes', 'a,b'], '--classes names 2 classes (a, b), the network gives 3 numbers'],
    ['later-opset', ['--classes', 'a b,a-b,c'], 'would share a column; rename them'],
    ['later-opset', ['--mapping', 'x.toml'], '--mapping belongs to safetensors files'],
    ['none', [], 'none.onnx: no such file'],
  ])('%s with %j is refused', async (name, options, message) => {
    const out = join(root, 'refused');
    const given = [
      'model',
      'import',
      `${fixtures}${name}.onnx`,
      '--preprocess',
      'none',
      '--out',
      out,
      ...options,
    ];
    const { code, err } = await run(...given);
    expect(err).toContain(message);
    expect(code).toBe(name === 'none' ? 3 : 2);
    expect((await run('model', 'show', out)).code).toBe(2);
  });

  it('that is none, or of a format not read, says so', async () => {
    const files = {
      'text.onnx': 'is not an ONNX model',
      'state.pt': 'is a pickle, which could run any program when read; save it in Python with safetensors',
      'model.keras': 'is a Keras archive; unzip it',
      'weights.bin': 'ends in none of .onnx, .h5, .hdf5, .safetensors',
      'weights.safetensors': 'holds weights alone; say the architecture with --mapping',
    };
    for (const [name, message] of Object.entries(files)) {
      await writeFile(join(root, name), 'no model at all');
      const { code, err } = await run(
        'model',
        'import',
        join(root, name),
        '--preprocess',
        'none',
        '--out',
        join(root, 'x'),
      );
      expect(err, name).toContain(message);
      expect([2, 3], name).toContain(code);
    }
  });
});

describe('model export', () => {
  it('restates a later opset where that changes nothing', async () => {
    const out = join(root, 'plain.onnx');
    await runJson('model', 'export', await importOnnx('later-opset'), '--out', out);
    const { opsets, irVersion } = inspectOnnx(await readFile(out));
    expect([[...opsets], irVersion]).toEqual([[['', 17]], 8]);
    const again = join(root, 'again');
    await runJson('model', 'import', out, '--preprocess', 'none', '--out', again);
    const { shape, images, outputs } = answers['later-opset'];
    const stamps = await saveArray('again.npy', { shape, data: Float32Array.from(images) });
    const { predictions } = await runJson<Predictions>('predict', again, stamps);
    for (const [k, row] of outputs['y'].entries()) expect(predictions[k]['p_class_1']).toBeCloseTo(row[1], 5);
  });

  it.each([
    ['later-operator', 'is of opset 18, where ReduceMean means something else than in opset 17'],
    ['foreign-operator', 'uses operators that are not standard: com.microsoft.Gelu'],
  ])('refuses %s by name', async (name, message) => {
    const bundle = await importOnnx(name, '--output', 'logit');
    const { code, err } = await run('model', 'export', bundle, '--out', join(root, 'x.onnx'));
    expect(err).toContain(message);
    expect(code).toBe(3);
  });

  describe('of a Keras network and of the shipped model', () => {
    let exported: string;
    let stamps: NdArray;
    let expected: NdArray;
    beforeAll(async () => {
      exported = join(root, 'sequential.onnx');
      const bundle = join(root, 'sequential');
      const options = ['--preprocess', 'none', '--out', bundle, '--name', 'all-layers'];
      await runJson('model', 'import', `${keras}sequential.h5`, ...options);
      await runJson('model', 'export', bundle, '--out', exported);
      const archive = await readFile(`${keras}sequential.npz`);
      const [images, answers] = [decodeNpz(archive, 'stamps'), decodeNpz(archive, 'answers')];
      const [count, height, width, channels] = images.shape;
      const data = new Float32Array(images.data.length);
      let at = 0;
      for (let n = 0; n < count; n++)
        for (let c = 0; c < channels; c++)
          for (let i = 0; i < height * width; i++)
            data[at++] = Number(images.data[(n * height * width + i) * channels + c]);
      stamps = { shape: [count, channels, height, width], data };
      expected = answers;
    });

    const compare = (values: ArrayLike<number>): void => {
      expect(values).toHaveLength(expected.data.length);
      for (let i = 0; i < values.length; i++) expect(values[i]).toBeCloseTo(Number(expected.data[i]), 5);
    };

    it('runs in onnxruntime-web, on WebAssembly', async () => {
      ort.env.wasm.numThreads = 1;
      const session = await ort.InferenceSession.create(new Uint8Array(await readFile(exported)), {
        executionProviders: ['wasm'],
      });
      const input = new ort.Tensor('float32', stamps.data as Float32Array, stamps.shape);
      const results = await session.run({ [session.inputNames[0]]: input });
      compare(results[session.outputNames[0]].data as Float32Array);
      await session.release();
    });

    const python = findPython('onnx', 'onnxruntime', 'numpy');
    it.skipIf(python === null)("passes Python's onnx checker and runs in its onnxruntime", async () => {
      const script = `${fixtures}check-onnx.py`;
      const file = await saveArray('stamps.npy', stamps);
      const checked = runPython<{ opsets: unknown; answer: number[] }>(python!, script, [exported, file]);
      expect(checked.opsets).toEqual([['', 17]]);
      compare(checked.answer);
    });

    it('the shipped model is plain too', async () => {
      const out = join(root, 'ccd.onnx');
      const summary = await runJson<{ task: string; opset: number }>(
        'model',
        'export',
        'blemish-ccd',
        '--out',
        out,
      );
      expect(summary).toMatchObject({ task: 'ccd', opset: 17 });
      const { operators, opsets } = inspectOnnx(await readFile(out));
      expect([...opsets]).toEqual([['', 17]]);
      expect(operators.filter((name) => name.includes('.'))).toEqual([]);
    });
  });
});

describe('bundles', () => {
  it('are listed with what is wrong with those that cannot be opened', async () => {
    const folder = await mkdtemp(join(root, 'models-'));
    const good = [
      'model',
      'import',
      `${fixtures}later-opset.onnx`,
      '--preprocess',
      'l2',
      '--out',
      join(folder, 'good'),
    ];
    await runJson(...good);
    await runJson(
      'model',
      'import',
      `${fixtures}later-opset.onnx`,
      '--preprocess',
      'l2',
      '--out',
      join(folder, 'bad'),
    );
    await writeFile(join(folder, 'bad', 'model.json'), '{"task":"stamp"}');
    const { code, out, err } = await run('model', 'list', folder, '--json');
    expect(code).toBe(1);
    expect(err).toContain('failed: ');
    const { models, failed } = JSON.parse(out) as {
      models: { name: string; task: string }[];
      failed: unknown[];
    };
    expect(models).toMatchObject([{ name: 'later-opset', task: 'stamp', classes: 3, default: false }]);
    expect(failed).toMatchObject([{ code: 'MODEL_INVALID' }]);
    const shown = await run('model', 'show', join(folder, 'good'));
    expect(shown.out).toContain('input       5 × 6 pixels, 2 channels');
    expect(shown.out).toContain('preprocess  l2: each channel divided by its L2 norm');
  });

  it('are replaced on request alone, and nothing else ever is', async () => {
    const out = join(root, 'replaced');
    const command = ['model', 'import', `${fixtures}later-opset.onnx`, '--preprocess', 'none', '--out', out];
    expect((await run(...command)).code).toBe(0);
    const second = await run(...command);
    expect([second.code, second.err.includes('holds a model already')]).toEqual([2, true]);
    expect((await run(...command, '--force')).code).toBe(0);
    const other = await mkdtemp(join(root, 'other-'));
    await writeFile(join(other, 'thesis.tex'), 'years of work');
    const refused = await run(...command.slice(0, -1), other, '--force');
    expect([refused.code, refused.err.includes('is there already and holds no model')]).toEqual([2, true]);
    expect(await readFile(join(other, 'thesis.tex'), 'utf8')).toBe('years of work');
  });

  it('of one task are refused by the commands of another', async () => {
    const bundle = await importOnnx('later-opset');
    const stamps = join(root, 'later-opset.npy');
    expect((await run('embed', bundle, stamps, '--out', join(root, 'e.npy'))).err).toContain(
      "is a model for the task 'stamp' where 'encoder' is needed; use it with `blemish predict`",
    );
    expect((await run('neighbours', bundle, stamps, '--reference', stamps)).err).toContain(
      "where 'table' or 'sequence' is needed",
    );
    expect(await run('predict', 'blemish-ccd', stamps)).toMatchObject({ code: 2 });
  });
});
