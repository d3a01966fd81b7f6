import { files } from '#files';
import type { InferenceSession } from 'onnxruntime-common';
import type { Device } from '../onnx/graph.ts';
import { formatShape, ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';
import { checkData, createSession, DeviceError, tensorOver } from './session.ts';
import type { ArrayValue } from './session.ts';

export interface TensorInfo {
  readonly name: string;
  /** −1 where the extent is open. */
  readonly shape: Shape;
}

/** A model ready to run. */
export interface LoadedModel {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the model on float32 arrays, row-major. Give plain arrays where every extent but the first is fixed, or
   * `{data, shape}`. NaN in gives NaN out. Throws ShapeError or TypeError where an input is missing or does not fit.
   */
  run(feeds: Readonly<Record<string, Float32Array | ArrayValue>>): Promise<Record<string, ArrayValue>>;
  close(): Promise<void>;
}

export interface LoadOptions {
  /** Threads of one run; give 1 where several worker threads each run a model. Default 2. */
  readonly threads?: number;
  /** Where to run it; `cpu` by default. Inputs and outputs are on the processor either way. */
  readonly device?: Device;
}

/** A model that cannot be read. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code = 'MODEL_UNREADABLE';
}

/**
 * Loads an ONNX model from its bytes, a path or, in a browser, an address. Throws {@link ModelError} where it is not one, DeviceError
 * where the device is not there.
 */
export async function loadModel(
  source: Uint8Array | string,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const where = typeof source === 'string' ? source : `model of ${source.length} bytes`;
  let session: InferenceSession;
  try {
    const bytes = typeof source === 'string' ? await files.read(source) : source;
    const { threads = 2, device = 'cpu' } = options;
    session = await createSession(bytes, { threads, device, optimization: 'all' });
  } catch (cause) {
    if (cause instanceof DeviceError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(`${where} is not a readable ONNX model (${reason}); export it again`, { cause });
  }
  const inputs = describe(session.inputMetadata);
  const outputs = describe(session.outputMetadata);
  return {
    inputs,
    outputs,
    async run(feeds) {
      const tensors = inputs.map((info) => [info.name, toTensor(info, feeds[info.name])] as const);
      const results = await session.run(Object.fromEntries(tensors));
      return Object.fromEntries(
        outputs.map(({ name }) => {
          const result = results[name];
          return [name, { data: result.data as Float32Array, shape: result.dims }];
        }),
      );
    },
    close: () => session.release(),
  };
}

function toTensor(info: TensorInfo, feed: Float32Array | ArrayValue | undefined) {
  if (feed === undefined)
    throw new TypeError(`input "${info.name}" ${formatShape(info.shape)} is missing; feed it`);
  const shape = feed instanceof Float32Array ? completeShape(info, feed.length) : feed.shape;
  if (
    shape.length !== info.shape.length ||
    info.shape.some((extent, k) => extent >= 0 && extent !== shape[k])
  ) {
    throw new ShapeError(
      `input "${info.name}" is ${formatShape(shape)}, the model takes ${formatShape(info.shape)}; resize the data or take another model`,
    );
  }
  const data = feed instanceof Float32Array ? feed : feed.data;
  checkData(info.name, data, shape);
  return tensorOver(data, shape);
}

/** Fills in an open batch from the number of values. */
function completeShape(info: TensorInfo, count: number): number[] {
  const sample = info.shape.slice(1).reduce((product, extent) => product * extent, 1);
  const batch = info.shape[0] < 0 ? count / sample : info.shape[0];
  if (sample < 0 || !Number.isInteger(batch) || batch < 1) {
    throw new ShapeError(
      `input "${info.name}": ${count} values do not fill ${formatShape(info.shape)} with whole samples; check the size or give {data, shape}`,
    );
  }
  return [batch, ...info.shape.slice(1)];
}

function describe(metadata: readonly InferenceSession.ValueMetadata[]): TensorInfo[] {
  return metadata.map((value) => ({
    name: value.name,
    shape: value.isTensor ? value.shape.map((extent) => (typeof extent === 'number' ? extent : -1)) : [],
  }));
}
