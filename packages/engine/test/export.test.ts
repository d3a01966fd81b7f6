import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { compileTraining, exportOnnx, initialWeights, loadModel, ModelError } from '../src/index.ts';
import { ccdBatch, ccdNetwork, ccdTraining } from './support/ccd-network.ts';

const size = { height: 32, width: 16, classes: 3 };
const network = ccdNetwork(size.height, size.width, size.classes, 'silu');
const batch = (count: number, seed = 1) => ccdBatch(count, size.height, size.width, size.classes, seed);

describe('exported model', () => {
  it('gives what the training network gives in evaluation, for several batch sizes', async () => {
    const session = ccdTraining(network, size);
    for (let k = 0; k < 5; k++) await session.step(batch(4, k + 1));
    // A second session whose loss parts reveal the outputs: a sum over each, weighted by random targets.
    const reveal = compileTraining(network, {
      targets: { map: ['N', 3, 16, 8], logits: ['N', 3] },
      loss(b, outputs, targets) {
        const map = b.mean(b.mul(outputs.map, targets.map));
        const logits = b.mean(b.mul(outputs.logits, targets.logits));
        return { loss: b.add(map, logits), parts: { map, logits } };
      },
      weights: session.weights(),
    });
    const model = await loadModel(exportOnnx(network, session.weights()), { threads: 1 });
    for (const count of [1, 2, 5]) {
      const { image } = batch(count, 9);
      const { map, logits } = await model.run({ image });
      expect(map.shape).toEqual([count, 3, 16, 8]);
      // Probe single elements: a target of n at one place makes the mean that element.
      for (const [name, output] of Object.entries({ map: map, logits: logits })) {
        for (const index of [0, (output.data.length / 2) | 0, output.data.length - 1]) {
          const targets = {
            map: new Float32Array(map.data.length),
            logits: new Float32Array(logits.data.length),
          };
          targets[name as 'map' | 'logits'][index] = output.data.length;
          const parts = await reveal.evaluate({ image, ...targets });
          expect(parts[name]).toBeCloseTo(output.data[index], 5);
        }
      }
    }
    await Promise.all([session.close(), reveal.close(), model.close()]);
  });

  it('contains standard operators only, and no batch normalisation that could be folded', () => {
    const bytes = exportOnnx(network, initialWeights(network, 1));
    const text = Buffer.from(bytes).toString('latin1');
    expect(text).not.toContain('com.microsoft');
    expect(text).not.toContain('BatchNormalization');
  });

  it('runs in worker threads', async () => {
    const bytes = exportOnnx(network, initialWeights(network, 1));
    const model = await loadModel(bytes, { threads: 1 });
    const { image } = batch(1);
    const here = (await model.run({ image })).logits.data;
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      const ort = require('onnxruntime-node');
      (async () => {
        const s = await ort.InferenceSession.create(workerData.bytes, { intraOpNumThreads: 1 });
        const r = await s.run({ image: new ort.Tensor('float32', workerData.image, [1, 9, 32, 16]) });
        parentPort.postMessage(r.logits.data);
      })();`;
    const results = await Promise.all(
      [0, 1].map(
        () =>
          new Promise<Float32Array>((resolve, reject) => {
            const worker = new Worker(script, { eval: true, workerData: { bytes, image } });
            worker.once('message', resolve).once('error', reject);
          }),
      ),
    );
    for (const result of results) for (let i = 0; i < 3; i++) expect(result[i]).toBeCloseTo(here[i], 5);
    await model.close();
  });

  it('says what is wrong with feeds and files', async () => {
    const model = await loadModel(exportOnnx(network, initialWeights(network, 1)));
    await expect(model.run({})).rejects.toThrow(/"image" \[N, 9, 32, 16\] is missing/);
    await expect(model.run({ image: new Float32Array(100) })).rejects.toThrow(/100 values do not fill/);
    const wrong = { data: new Float32Array(9 * 64), shape: [1, 9, 8, 8] };
    await expect(model.run({ image: wrong })).rejects.toThrow(
      /is \[1, 9, 8, 8\], the model takes \[N, 9, 32, 16\]/,
    );
    await model.close();
    await expect(loadModel(new Uint8Array([1, 2, 3]))).rejects.toThrow(ModelError);
    await expect(loadModel('/nowhere/model.onnx')).rejects.toThrow(/\/nowhere\/model\.onnx/);
    const other = initialWeights(ccdNetwork(32, 16, 4), 1);
    expect(() => exportOnnx(network, other)).toThrow(
      /map\.weight is \[4, 16, 1, 1\], the network has \[3, 16, 1, 1\]/,
    );
  });
});
