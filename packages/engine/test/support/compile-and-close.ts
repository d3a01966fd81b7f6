// Compiles, trains a step, exports and runs a network, and closes both, round after round. Prints the resident memory as JSON:
// {"open": MB before the first round closes, "closed": [MB after each round]}.
import { compileTraining, defineNetwork, exportOnnx, loadModel } from '../../src/index.ts';

const [rounds] = process.argv.slice(2).map(Number);
const network = defineNetwork({
  name: 'wide',
  inputs: { x: ['N', 16] },
  build(b, { x }) {
    const wide = b.gelu(b.tanh(b.dense(x, { name: 'wide', out: 512 })));
    return { logits: b.dense(wide, { name: 'logits', out: 1 }) };
  },
});

const resident = () => process.memoryUsage().rss / 1e6;
let open: number | null = null;
const closed: number[] = [];
for (let round = 0; round < rounds; round++) {
  const session = compileTraining(network, {
    targets: { answer: ['N', 1] },
    loss: (b, { logits }, { answer }) => ({ loss: b.mean(b.bceWithLogits(logits, answer)) }),
    threads: 1,
    seed: 1,
  });
  // A graph for each size, as batches of sequences have several.
  for (const n of [2048, 4096]) {
    await session.step({ x: new Float32Array(n * 16).fill(0.5), answer: new Float32Array(n) });
  }
  const model = await loadModel(exportOnnx(network, session.weights()), { threads: 1 });
  await model.run({ x: new Float32Array(4096 * 16).fill(0.5) });
  open ??= resident();
  await session.close();
  await model.close();
  closed.push(resident());
}
process.stdout.write(JSON.stringify({ open, closed }));
