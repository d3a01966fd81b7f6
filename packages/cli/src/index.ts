export { buildProgram, main } from './main.ts';
export type { MainOptions } from './main.ts';
export type { CommandContext } from './context.ts';
export type { Terminal } from './terminal.ts';
