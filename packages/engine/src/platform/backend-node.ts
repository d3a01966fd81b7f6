// Needs an ESM import: it loads a native library.
import * as ort from 'onnxruntime-node';
import type { Backend } from './platform.ts';

export const backend: Backend = {
  Tensor: ort.Tensor,
  processor: 'cpu',
  create: (model, options) => ort.InferenceSession.create(model, options),
  async runInto(session, feeds, fetches) {
    await session.run(feeds, fetches);
  },
};
