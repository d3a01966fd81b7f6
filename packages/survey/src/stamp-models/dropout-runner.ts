import { dropoutShares, exportOnnx, loadModel, onnxWeights } from '@blemish/engine';
import { Rng } from '@blemish/sky';
import type { StampDescription } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import type { StampBundle, StampRunner } from '../stamps/runner-types.ts';
import { spreadOf } from './spread.ts';
import { asLogits, stampProbabilities } from './stamp-figures.ts';
import { combinedNetwork } from './stamp-network.ts';

const maskSeed = 1;
const maskStream = 95_000_000;

/**
 * Monte-Carlo dropout (Gal & Ghahramani 2016): each pass drops its own elements, and the probability is the mean over passes. In one pass
 * the same elements are dropped of every stamp, so that an answer does not hang on the stamps beside it nor on their order.
 * @throws SurveyError MODEL_INVALID where the model has no network that can be built again, or none of its layers drops anything
 */
export async function openDropoutRunner(
  { description, network: bytes, folder }: StampBundle & { readonly description: StampDescription },
  threads: number,
  atOnce: number,
): Promise<StampRunner> {
  const { architecture, input, classes } = description;
  const passes = description.decision!.passes;
  if (architecture === undefined) {
    throw new SurveyError('MODEL_INVALID', 'passes with dropout need a network trained here', {
      path: folder,
    });
  }
  const outputs = classes.length;
  const network = combinedNetwork(architecture, input, outputs);
  const shares = dropoutShares(network);
  if (Object.keys(shares).length === 0) {
    throw new SurveyError(
      'MODEL_INVALID',
      'no layer of the network drops anything: passes would all be alike',
      {
        path: folder,
      },
    );
  }
  const found = onnxWeights(bytes);
  const weights = Object.fromEntries(
    Object.entries(found).filter(([name]) => /\.(weight|bias|running_\w+)$/.test(name)),
  );
  const model = await loadModel(exportOnnx(network, weights, { fold: false, dropout: true }), { threads });
  const { channels, height, width } = input;
  const sample = channels * height * width;
  const maskShapes = model.inputs.filter(({ name }) => name in shares);
  return {
    atOnce,
    async run(stamps) {
      const count = stamps.length / sample;
      const logits = new Float64Array(count * passes * outputs);
      for (let pass = 0; pass < passes; pass++) {
        const rng = new Rng(maskSeed, maskStream + pass);
        const masks = maskShapes.map(({ name, shape }) => {
          const one = drawMask(shape.slice(1), shares[name], rng);
          const data = new Float32Array(count * one.length);
          for (let i = 0; i < count; i++) data.set(one, i * one.length);
          return [name, { data, shape: [count, ...shape.slice(1)] }] as const;
        });
        const image = { data: stamps, shape: [count, channels, height, width] };
        const answer = (await model.run({ image, ...Object.fromEntries(masks) }))['logits'].data;
        for (let i = 0; i < count; i++) {
          for (let c = 0; c < outputs; c++)
            logits[(i * passes + pass) * outputs + c] = answer[i * outputs + c];
        }
      }
      return {
        values: Float32Array.from(meanLogits(logits, passes, outputs)),
        spread: spreadOf(logits, count, description),
      };
    },
    close: () => model.close(),
  };
}

function drawMask(shape: readonly number[], share: number, rng: Rng): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: size }, () => (rng.uniform() < share ? 0 : 1 / (1 - share)));
}

/** The mean probability of a stamp's answers as logits, [n, outputs] of [n, answers, outputs]. */
function meanLogits(logits: Float64Array, answers: number, outputs: number): Float64Array {
  const k = Math.max(2, outputs);
  const all = stampProbabilities(logits, k);
  const count = logits.length / (answers * outputs);
  const means = new Float64Array(count * k);
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < answers; a++)
      for (let c = 0; c < k; c++) means[i * k + c] += all[(i * answers + a) * k + c] / answers;
  }
  return asLogits(means, outputs);
}
