import { backend } from '#backend';
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { Device } from '../onnx/graph.ts';
import { ShapeError } from '../shape.ts';
import type { Shape } from '../shape.ts';

export interface SessionOptions {
  /** Threads of one run; 2 by default. */
  readonly threads?: number;
  /** `all` rearranges memory for constant weights (inference); `extended` leaves layouts alone (training). */
  readonly optimization?: 'all' | 'extended';
  /** Where to run; `cpu` by default. */
  readonly device?: Device;
  /** Outputs that stay on the device. */
  readonly onDevice?: readonly string[];
  /** Where to write ONNX Runtime's profile, a JSON of node timings. */
  readonly profilePrefix?: string;
  /** Say nothing of failures on the error stream: they are expected and handled. */
  readonly quiet?: boolean;
}

/**
 * Channels stay where ONNX has them. With them last, the provider's default, convolutions of 6, 9, 15 … channels to a multiple of four
 * come out wrong (ONNX Runtime 1.30; microsoft/onnxruntime#29651), and each would have its data transposed on both sides.
 */
const webgpu = { name: 'webgpu', preferredLayout: 'NCHW' } as const;

/** A numeric array with its shape, as models take and give them. */
export interface ArrayValue {
  readonly data: Float32Array;
  readonly shape: Shape;
}

/** Starts ONNX Runtime on a serialised model. */
export async function createSession(
  model: Uint8Array,
  options: SessionOptions = {},
): Promise<InferenceSession> {
  const { threads = 2, optimization = 'extended', profilePrefix, quiet = false } = options;
  const { device = 'cpu', onDevice = [] } = options;
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [device === 'webgpu' ? webgpu : backend.processor],
    ...(onDevice.length === 0
      ? {}
      : {
          preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer' as const])),
        }),
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // A plan of all buffers saves no time and holds a second copy of them beside those of the first run.
    enableMemPattern: false,
    graphOptimizationLevel: optimization,
    logSeverityLevel: quiet ? 4 : 3,
    // Threads that wait by spinning gain little on an idle machine and lose a factor of three on a busy one.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  };
  try {
    return await backend.create(model, sessionOptions);
  } catch (cause) {
    if (device === 'webgpu' && cause instanceof Error && noDevice.test(cause.message)) {
      throw new DeviceError(
        'no graphics card that WebGPU can use was found; install its driver (on Linux a Vulkan driver and libvulkan1), or run on the cpu',
        { cause },
      );
    }
    throw cause;
  }
}

/** How ONNX Runtime says that it found no device, in Node and in browsers. */
const noDevice = /WebGPU adapter|webgpu is not available|WebGPU is not supported|GPUAdapter/i;

/** The device asked for is not there. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code = 'DEVICE_NOT_FOUND';
}

/** A tensor over `data`, which ONNX Runtime reads or writes in place. */
export function tensorOver(data: Float32Array, shape: Shape): Tensor {
  return new backend.Tensor('float32', data, shape);
}

/** Throws TypeError or ShapeError unless `data` fills `shape`; an ill-sized buffer would crash the native library. */
export function checkData(name: string, data: unknown, shape: Shape): asserts data is Float32Array {
  if (!(data instanceof Float32Array)) throw new TypeError(`input "${name}" must be a Float32Array`);
  if (typeof SharedArrayBuffer !== 'undefined' && data.buffer instanceof SharedArrayBuffer) {
    throw new TypeError(
      `input "${name}" lies in shared memory, which ONNX Runtime refuses; copy it with slice()`,
    );
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (data.length !== count) {
    throw new ShapeError(
      `input "${name}" has ${data.length} values, shape [${shape.join(', ')}] needs ${count}; give whole samples only`,
    );
  }
}

/** Runs a session; its results are in the arrays of `fetches` afterwards. */
export function runInto(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  fetches: Readonly<Record<string, Tensor>>,
): Promise<void> {
  return backend.runInto(session, feeds, fetches);
}
