// A thread of a KernelTeam (kernel-team.ts): gets a compiled module and the shared memory once, then calls of its functions, one at a time. Plain
// JavaScript, so that it starts without a loader for TypeScript.
/* global WebAssembly */
import { parentPort, workerData } from 'node:worker_threads';

const { module, memory } = workerData;
const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports;
parentPort.on('message', ({ name, args }) => {
  try {
    parentPort.postMessage({ result: kernels[name](...args) });
  } catch (error) {
    parentPort.postMessage({ error: `${name}: ${error.message}` });
  }
});
