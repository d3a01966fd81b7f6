// The command and its worker threads as a few JavaScript files, made from the sources when these have changed and kept under node_modules/.cache.
// Translating and finding 400 modules one by one takes seconds of every start, in the main thread and in each worker again.
//
// A bundle is known by the content of all sources and settings and of npm's list of what is installed: after a change none is used.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import module from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'blemish');
const installed = join(root, 'node_modules', '.package-lock.json');
const command = join(root, 'packages', 'cli', 'src', 'main.ts');
/** Bundles of other sources are left this long: a process that runs may still start a thread from one. */
const keptMs = 24 * 3600 * 1000;

/** Address of the bundled command; null where it cannot be bundled or kept, and the sources have to be read as they are. */
export async function bundledCommand() {
  try {
    const files = [fileURLToPath(import.meta.url), installed, join(root, 'tsconfig.json'), ...sourceFiles()];
    const stamp = stampOf(files);
    const latest = join(cache, 'latest.json');
    const known = await readLatest(latest);
    let { key } = known;
    if (known.stamp !== stamp || !isWhole(join(cache, key))) {
      const sources = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]));
      key = keyOf(sources);
      if (!isWhole(join(cache, key))) await build(sources, join(cache, key));
      await writeWhole(latest, JSON.stringify({ stamp, key }));
    }
    // Node 22 and later keep what they have compiled.
    module.enableCompileCache?.(join(cache, 'compiled'));
    return pathToFileURL(join(cache, key, 'main.js')).href;
  } catch {
    // A read-only checkout, another package manager, a platform without esbuild: slower, not broken.
    return null;
  }
}

/** What the last start found; nothing of use where that is gone or damaged. */
async function readLatest(path) {
  try {
    const { key, stamp } = JSON.parse(await readFile(path, 'utf8'));
    return { key: String(key), stamp: String(stamp) };
  } catch {
    return { key: '', stamp: '' };
  }
}

function isWhole(folder) {
  return existsSync(join(folder, 'main.js'));
}

function sourceFiles() {
  const packages = join(root, 'packages');
  return readdirSync(packages)
    .map((name) => join(packages, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .flatMap((folder) => [
      join(folder, 'package.json'),
      ...readdirSync(join(folder, 'src'), { recursive: true })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(folder, 'src', file)),
    ])
    .sort();
}

/** Changes whenever a file does: the system alone sets the time of a file's last change of any kind. */
function stampOf(files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs, ctimeMs, ino } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs} ${ctimeMs} ${ino}\n`);
  }
  return hash.digest('hex');
}

function keyOf(sources) {
  const hash = createHash('sha256').update(root);
  for (const [file, text] of sources) hash.update(`${file} ${text.length}\n`).update(text);
  return hash.digest('hex').slice(0, 32);
}

/** Modules that are started or imported by their address: `new URL('./worker.ts', import.meta.url)`. */
const byAddress = /new URL\('(\.[^']*)', import\.meta\.url\)/g;

async function build(sources, folder) {
  const { build: bundle, stop } = await import('esbuild');
  const started = new Map();
  for (const [file, text] of sources)
    for (const [, path] of text.matchAll(byAddress)) {
      const target = resolve(dirname(file), path);
      if (target.endsWith('.ts') && sources.has(target))
        started.set(target, `thread-${started.size}-${basename(target, '.ts')}`);
    }
  const partial = `${folder}.${process.pid}.partial`;
  const common = {
    absWorkingDir: root,
    outdir: partial,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'silent',
    // For `node --enable-source-maps`.
    sourcemap: true,
    splitting: true,
    // Native code stays where npm put it.
    external: ['onnxruntime-node'],
    // CommonJS packages among the dependencies ask for Node's modules.
    banner: {
      js: `import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);`,
    },
    plugins: [{ name: 'addresses', setup: (plugin) => addresses(plugin, sources, started) }],
  };
  try {
    // Apart, so that threads read nothing that only the command needs; modules that meet in one thread are shared.
    await Promise.all([
      bundle({ ...common, entryPoints: { main: command }, chunkNames: 'main-[hash]' }),
      bundle({
        ...common,
        entryPoints: Object.fromEntries([...started].map(([file, name]) => [name, file])),
        chunkNames: 'thread-[hash]',
      }),
    ]);
    // What is left of a damaged one.
    if (!isWhole(folder)) await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process may have made the same at the same time.
    if (!isWhole(folder)) throw error;
  } finally {
    await stop();
  }
  await removeOld(folder);
}

/** Lets addresses of bundled modules lead to their bundles, and those of other files and packages to where they are. */
function addresses(plugin, sources, started) {
  // Packages that are loaded only when needed (`await import('h5wasm/node')`) stay where npm put them too.
  plugin.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
    kind === 'dynamic-import' && !path.startsWith('@blemish/') ? { path, external: true } : undefined,
  );
  plugin.onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = sources.get(path);
    if (text === undefined) return undefined;
    const here = JSON.stringify(pathToFileURL(path).href);
    const contents = text.replace(byAddress, (whole, target) => {
      const name = started.get(resolve(dirname(path), target));
      return name === undefined
        ? whole.replace('import.meta.url', here)
        : `new URL('./${name}.js', import.meta.url)`;
    });
    return { contents, loader: 'ts' };
  });
}

async function removeOld(current) {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    if (!/^[0-9a-f]{32}/.test(name) || path === current) continue;
    if (Date.now() - (await stat(path)).mtimeMs > keptMs) await rm(path, { recursive: true, force: true });
  }
}

async function writeWhole(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.${process.pid}.partial`, text);
  await rename(`${path}.${process.pid}.partial`, path);
}
