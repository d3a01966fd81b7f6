export { findChromium, findCommand, findPython, runPython, saySkipped } from './oracles.ts';
export { dataFiles, dataRoot } from './real-data.ts';
