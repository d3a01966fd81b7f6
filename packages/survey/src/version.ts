import { readFileSync } from 'node:fs';

/** Version of Blemish: one for all packages. */
export const version = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
