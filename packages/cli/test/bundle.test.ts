import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);

const main = (word: string) => `
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { shout } from './shout.ts';
export async function main(argv: readonly string[]): Promise<number> {
  const name: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).name;
  const worker = new Worker(new URL('../../engine/src/workers/entry.mjs', import.meta.url), {
    workerData: { module: new URL('./thread.ts', import.meta.url).href },
  });
  const answer = await new Promise<string>((resolve) => worker.once('message', resolve));
  console.log(shout('${word}'), answer, name, argv.join(' '), /blemish.[0-9a-f]{32}/.test(import.meta.url));
  return 0;
}
`;
const thread = (word: string) => `
import { parentPort } from 'node:worker_threads';
import { shout } from './shout.ts';
parentPort!.postMessage(shout('${word}'));
`;

it('can be made of this checkout', async () => {
  const { bundledCommand } = (await import(join(root, 'bin', 'bundle.mjs'))) as {
    bundledCommand: () => Promise<string | null>;
  };
  expect(await bundledCommand()).toMatch(/blemish\/[0-9a-f]{32}\/main\.js$/);
}, 60_000);

/** A checkout in miniature: the real loader over a command of a few lines. */
describe('the bundle that bin/blemish.mjs makes of the sources', () => {
  let folder: string;
  const write = (path: string, text: string) => writeFile(join(folder, path), text);
  const cache = () => join(folder, 'node_modules', '.cache', 'blemish');
  const bundles = async () => (await readdir(cache())).filter((name) => /^[0-9a-f]{32}$/.test(name));
  const blemish = async () =>
    (await run(process.execPath, [join(folder, 'bin', 'blemish.mjs'), 'a', 'b'])).stdout.trim();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blemish-checkout-'));
    for (const path of ['packages/cli/src', 'packages/engine/src/workers', 'node_modules/@esbuild'])
      await mkdir(join(folder, path), { recursive: true });
    for (const path of ['bin', 'tsconfig.json', 'packages/engine/src/workers/entry.mjs'])
      await cp(join(root, path), join(folder, path), { recursive: true });
    const packages = [
      'esbuild',
      'tsx',
      'get-tsconfig',
      'resolve-pkg-maps',
      ...(await readdir(join(root, 'node_modules/@esbuild'))).map((name) => `@esbuild/${name}`),
    ];
    for (const name of packages)
      if (await exists(join(root, 'node_modules', name)))
        await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    await write('node_modules/.package-lock.json', '{}');
    for (const name of ['cli', 'engine'])
      await write(`packages/${name}/package.json`, `{ "name": "tiny-${name}", "type": "module" }`);
    await write(
      'packages/cli/src/shout.ts',
      'export const shout = (word: string): string => word.toUpperCase();',
    );
    await write('packages/cli/src/thread.ts', thread('thread'));
    await write('packages/cli/src/main.ts', main('first'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('runs command, threads and files beside sources, and is kept for the next start', async () => {
    expect(await blemish()).toBe('FIRST THREAD tiny-cli a b true');
    const made = await bundles();
    expect(made).toHaveLength(1);
    const { mtimeMs } = await stat(join(cache(), made[0], 'main.js'));
    expect(await blemish()).toBe('FIRST THREAD tiny-cli a b true');
    expect((await stat(join(cache(), made[0], 'main.js'))).mtimeMs).toBe(mtimeMs);
  }, 60_000);

  it('is made anew after a change that leaves size and time of the file as they were', async () => {
    await blemish();
    const path = join(folder, 'packages/cli/src/main.ts');
    const { atime, mtime } = await stat(path);
    await write('packages/cli/src/main.ts', main('other'));
    await utimes(path, atime, mtime);
    expect(await blemish()).toMatch(/^OTHER THREAD/);
    await write('packages/cli/src/thread.ts', thread('needle'));
    expect(await blemish()).toMatch(/^OTHER NEEDLE/);
    await write('packages/cli/src/main.ts', main('first'));
    await write('packages/cli/src/thread.ts', thread('thread'));
    expect(await blemish()).toMatch(/^FIRST THREAD/);
    // The last sources are the first again.
    expect(await bundles()).toHaveLength(3);
    await write('node_modules/.package-lock.json', '{ "packages": {} }');
    await blemish();
    expect(await bundles()).toHaveLength(4);
  }, 60_000);

  it('is done without where it cannot be kept, and made again where it is damaged', async () => {
    await write('node_modules/.cache', 'a file');
    expect(await blemish()).toBe('FIRST THREAD tiny-cli a b false');
    await rm(join(folder, 'node_modules/.cache'));
    await blemish();
    await writeFile(join(cache(), 'latest.json'), '{ "key":');
    for (const name of await bundles()) await rm(join(cache(), name, 'main.js'));
    expect(await blemish()).toBe('FIRST THREAD tiny-cli a b true');
  }, 60_000);
});

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
