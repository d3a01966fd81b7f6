// npx tsx packages/engine/test/support/time-step.ts [batch] [profile prefix]: milliseconds of a training step and of inference.
import { exportOnnx, loadModel } from '../../src/index.ts';
import { ccdBatch, ccdNetwork, ccdTraining } from './ccd-network.ts';

const batch = Number(process.argv[2] ?? 8);
const profilePrefix = process.argv[3];
const network = ccdNetwork();
const session = ccdTraining(network, profilePrefix === undefined ? {} : { profilePrefix });
const feeds = ccdBatch(batch);
const times: number[] = [];
const cpu: number[] = [];
for (let k = 0; k < 6; k++) {
  const start = performance.now();
  const used = process.cpuUsage();
  const { loss } = await session.step(feeds, { learningRate: 1e-3 });
  times.push(performance.now() - start);
  const { user, system } = process.cpuUsage(used);
  cpu.push((user + system) / 1000);
  console.log(
    `step ${k}: ${times.at(-1)!.toFixed(0)} ms wall, ${cpu.at(-1)!.toFixed(0)} ms of processor, loss ${loss.toFixed(5)}`,
  );
}
const weights = session.weights();
await session.close();
const model = await loadModel(exportOnnx(network, weights));
const infer: number[] = [];
for (let k = 0; k < 5; k++) {
  const start = performance.now();
  await model.run({ image: feeds.image });
  infer.push(performance.now() - start);
}
const median = (list: number[]) => [...list].sort((a, b) => a - b)[list.length >> 1];
console.log(
  JSON.stringify({
    batch,
    step: median(times.slice(1)),
    processor: median(cpu.slice(1)),
    infer: median(infer.slice(1)),
  }),
);
console.log('peak MB', process.resourceUsage().maxRSS / 1024);
