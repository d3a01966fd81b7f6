#!/usr/bin/env node
// Runs the command from its TypeScript source: bundled at the first start after a change (bundle.mjs), or module by module through tsx where
// no bundle can be kept. Either way it works straight after `npm ci`, with nothing built.
import { bundledCommand } from './bundle.mjs';

const bundle = await bundledCommand();
if (bundle === null) (await import('tsx/esm/api')).register();
const { main } = await import(bundle ?? '../packages/cli/src/main.ts');
process.exitCode = await main(process.argv.slice(2));
