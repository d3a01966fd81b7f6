import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { loadModel } from '@blemish/engine';
import type { LoadedModel, TensorInfo } from '@blemish/engine';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import type { StampLayout } from '../stamps/layout.ts';
import { networkShape } from '../stamps/stamp-batch.ts';
import { inspect } from './onnx.ts';
import type { OutputKind, ReadyNetwork } from './network.ts';

export interface OnnxOptions {
  readonly shape?: readonly [channels: number, height: number, width: number] | undefined;
  readonly layout?: StampLayout | undefined;
  readonly outputName?: string | undefined;
}

/**
 * An ONNX model with one input for stamps, [N, C, H, W] or [N, H, W, C].
 * @throws SurveyError IMPORT_INVALID, MODEL_INVALID
 */
export async function readOnnx(path: string, options: OnnxOptions): Promise<ReadyNetwork> {
  const network = new Uint8Array(await readFile(path));
  const fail = (what: string, cause?: unknown) => new SurveyError('IMPORT_INVALID', what, { path, cause });
  const { outputOperators, externalData } = inspect(network, path);
  if (externalData) throw fail('keeps its weights in files beside it; save it as one file');
  let model: LoadedModel;
  try {
    model = await loadModel(network, { threads: 1 });
  } catch (cause) {
    throw fail((cause as Error).message, cause);
  }
  try {
    if (model.inputs.length !== 1) {
      throw fail(`has ${model.inputs.length} inputs (${list(model.inputs)}); models with one are imported`);
    }
    const output = chooseOutput(model.outputs, options.outputName, fail);
    const input = chooseInput(model.inputs[0], options, fail);
    const values = input.channels * input.height * input.width;
    const feeds = {
      [model.inputs[0].name]: { data: new Float32Array(values), shape: networkShape(1, input) },
    };
    const answer = (await model.run(feeds))[output];
    if (!(answer.data instanceof Float32Array))
      throw fail(`output "${output}" is not float32; save the model in float32`);
    return {
      name: basename(path, extname(path)),
      network,
      input,
      names: { input: model.inputs[0].name, output },
      width: answer.data.length,
      output: kindOf(outputOperators.get(output) ?? null),
    };
  } catch (cause) {
    if (cause instanceof SurveyError) throw cause;
    throw fail(`does not run on a stamp of zeros: ${(cause as Error).message}`, cause);
  } finally {
    await model.close();
  }
}

function kindOf(operator: string | null): OutputKind | undefined {
  return operator === 'Sigmoid' || operator === 'Softmax' ? 'probability' : undefined;
}

function chooseOutput(
  outputs: readonly TensorInfo[],
  wanted: string | undefined,
  fail: (what: string) => Error,
): string {
  if (wanted === undefined && outputs.length === 1) return outputs[0].name;
  if (wanted === undefined)
    throw fail(`has ${outputs.length} outputs (${list(outputs)}); choose one with --output-name`);
  if (!outputs.some(({ name }) => name === wanted))
    throw fail(`has no output "${wanted}"; there are ${list(outputs)}`);
  return wanted;
}

/** Channels are the shorter outer axis unless said: stamps have more rows and columns than channels. */
function chooseInput(
  { name, shape }: TensorInfo,
  { shape: given, layout: forced }: OnnxOptions,
  fail: (what: string) => Error,
): StampInput {
  const printed = `[${shape.map((extent) => (extent < 0 ? '?' : extent)).join(', ')}]`;
  if (shape.length !== 4) throw fail(`input "${name}" is ${printed}; stamps need four axes`);
  const [batch, ...axes] = shape;
  if (batch > 1)
    throw fail(`input "${name}" ${printed} has a fixed batch of ${batch}; export it with an open one`);
  const layout = forced ?? guessLayout(axes, given);
  const order = layout === 'channels-first' ? [0, 1, 2] : [2, 0, 1];
  const [channels, height, width] = order.map((axis, k) =>
    axes[axis] < 0 ? (given?.[k] ?? -1) : axes[axis],
  );
  if (Math.min(channels, height, width) < 1)
    throw fail(`input "${name}" is ${printed}; say the open extents with --shape CHANNELS,HEIGHT,WIDTH`);
  if (given !== undefined && given.join() !== [channels, height, width].join())
    throw fail(`--shape ${given.join()} does not fit input "${name}" ${printed}`);
  return { channels, height, width, layout };
}

function guessLayout(axes: readonly number[], given: readonly number[] | undefined): StampLayout {
  const [first, , last] = axes;
  if (given !== undefined && (first < 0 || last < 0)) {
    return last === given[0] && first !== given[0] ? 'channels-last' : 'channels-first';
  }
  return last > 0 && (first < 0 || last < first) ? 'channels-last' : 'channels-first';
}

function list(tensors: readonly TensorInfo[]): string {
  return tensors.map(({ name }) => name).join(', ');
}
