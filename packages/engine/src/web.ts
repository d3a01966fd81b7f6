// The engine for a page: as `@blemish/engine`, built for a browser, and how its ONNX Runtime is set up there.
export * from './index.ts';
export { configureRuntime } from './platform/backend-web.ts';
export type { RuntimeOptions } from './platform/backend-web.ts';
