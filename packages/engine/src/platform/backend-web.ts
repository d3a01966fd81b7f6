import * as ort from 'onnxruntime-web/webgpu';
import type { Backend } from './platform.ts';

export const backend: Backend = {
  Tensor: ort.Tensor,
  processor: 'wasm',
  create: (model, options) => ort.InferenceSession.create(model, options),
  // ONNX Runtime's WebAssembly has a memory of its own and does not write into arrays handed to it.
  async runInto(session, feeds, fetches) {
    const results = await session.run(feeds);
    for (const [name, target] of Object.entries(fetches)) {
      (target.data as Float32Array).set(results[name].data as Float32Array);
    }
  },
};

export interface RuntimeOptions {
  /** Where ONNX Runtime's .wasm and .mjs lie, a folder's address with a slash at its end; beside the script by default. */
  readonly wasmPaths?: string;
  /** Threads of ONNX Runtime; more than 1 need a cross-origin isolated page. */
  readonly threads?: number;
}

/** Settings of ONNX Runtime in a page; call it before anything else of the engine. */
export function configureRuntime({ wasmPaths, threads }: RuntimeOptions): void {
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  if (threads !== undefined) ort.env.wasm.numThreads = threads;
}
