// The blemish command with the trivial analyser of survey's tests in the place of the shipped network.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../../src/main.ts');
const analyserModule = new URL('../../../survey/test/helpers/trivial-analyser.ts', import.meta.url);
process.exitCode = await main(process.argv.slice(2), { analyserModule });
