/** Sets of colour cut-outs: written, measured, fetched. */
export { StampSetWriter } from './stamp-set-writer.ts';
export type { ExistingSet, StampRows, StampSetFormat } from './stamp-set-writer.ts';
