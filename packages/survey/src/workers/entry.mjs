// What every worker thread runs: threads do not inherit the loader that lets Node read TypeScript, so it is registered here before the
// module named in `workerData.module` is imported.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.module);
