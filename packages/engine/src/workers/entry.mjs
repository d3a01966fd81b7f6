// What every worker thread runs: threads do not inherit the loader that lets Node read TypeScript, so it is registered here before a source
// module named in `workerData.module` is imported. A bundled one (bin/bundle.mjs) needs none.
import { workerData } from 'node:worker_threads';

if (workerData.module.endsWith('.ts')) (await import('tsx/esm/api')).register();
await import(workerData.module);
