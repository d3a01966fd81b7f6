#!/usr/bin/env node
// Runs the TypeScript source directly (tsx), so the command works straight after `npm ci` with nothing built.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../packages/cli/src/main.ts');
process.exitCode = await main(process.argv.slice(2));
