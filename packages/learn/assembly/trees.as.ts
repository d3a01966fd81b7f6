// Shared memory.
// Kernels of packages/learn/src/trees: one instance a thread, all over one memory. Globals are a thread's own, arrays are everyone's.
export { binColumns } from './trees/bins';
export { prepareForest, growTree } from './trees/forest';
export { prepareBoosting, boost } from './trees/boosting';
export { predictTrees, predictOutOfBag } from './trees/predict';
