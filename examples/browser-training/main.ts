import { exportOnnx, loadModel } from '@blemish/engine';
import type { Device } from '@blemish/engine';
import { stamps } from './stamps.ts';
import { network, trainStamps } from './training.ts';

const device: Device = new URLSearchParams(location.search).get('device') === 'webgpu' ? 'webgpu' : 'cpu';
const status = document.querySelector('#status')!;
const curve = document.querySelector('#curve')!;

/** Trains, then runs the model it gave on stamps it has not seen. */
async function main(): Promise<{ losses: number[]; accuracy: number; milliseconds: number }> {
  const losses: number[] = [];
  const started = performance.now();
  const { weights } = await trainStamps(device, ({ step, result }) => {
    losses.push(result.loss);
    status.textContent = `${device}: step ${step}, loss ${result.loss.toFixed(4)}`;
    curve.setAttribute('points', losses.map((loss, k) => `${10 * k},${100 * (1 - loss)}`).join(' '));
  });
  const milliseconds = performance.now() - started;
  const model = await loadModel(exportOnnx(network, weights), { device });
  const { image, label } = stamps(1000, 200);
  const { logits } = await model.run({ image });
  await model.close();
  const right = logits.data.reduce((count, z, k) => count + (z > 0 === label[k] > 0.5 ? 1 : 0), 0);
  return { losses, accuracy: right / label.length, milliseconds };
}

main().then(
  (result) => {
    status.textContent = `${device}: ${result.losses.length} steps in ${(result.milliseconds / 1000).toFixed(1)} s; ${(100 * result.accuracy).toFixed(0)} % of 200 new stamps right`;
    document.body.dataset['result'] = JSON.stringify(result);
  },
  (error: unknown) => {
    status.textContent = String(error);
    document.body.dataset['error'] = String(error);
  },
);
