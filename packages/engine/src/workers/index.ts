export { BatchLoader } from './batch-loader.ts';
export type { BatchRequest, LoaderOptions } from './batch-loader.ts';
export { WorkerPool } from './pool.ts';
export { serveBatches } from './serve-batches.ts';
export { serve, workerSettings } from './serve.ts';
