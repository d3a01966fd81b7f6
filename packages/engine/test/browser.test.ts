import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from '@blemish/testkit';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steps, trainStamps } from '../../../examples/browser-training/training.ts';

const executablePath = findChromium();

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.css': 'text/css',
};

describe.skipIf(executablePath === null)('the example that trains in a page', () => {
  let folder: string;
  let server: Server;
  let browser: Browser;
  let address: string;
  const expected: number[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    await build({
      root: fileURLToPath(new URL('../../../examples/browser-training', import.meta.url)),
      configFile: false,
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
    });
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://localhost');
      const path = join(folder, pathname === '/' ? 'index.html' : pathname);
      readFile(path).then(
        (bytes) => response.setHeader('content-type', types[extname(path)] ?? 'text/plain').end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = `http://127.0.0.1:${typeof bound === 'object' ? bound!.port : 0}/`;
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: [
        '--no-sandbox',
        '--enable-unsafe-webgpu',
        '--enable-features=Vulkan',
        '--use-webgpu-adapter=swiftshader',
      ],
    });
    await trainStamps('cpu', ({ result }) => void expected.push(result.loss));
  }, 240_000);

  afterAll(async () => {
    await browser.close();
    server.close();
    await rm(folder, { recursive: true });
  });

  async function run(query: string): Promise<{ losses: number[]; accuracy: number } | { error: string }> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(address + query);
    await page.waitForFunction('document.body.dataset.result ?? document.body.dataset.error', null, {
      timeout: 280_000,
    });
    const { result, error } = await page.evaluate<{ result?: string; error?: string }>(
      '({ result: document.body.dataset.result, error: document.body.dataset.error })',
    );
    expect(problems).toEqual([]);
    await page.close();
    return result === undefined
      ? { error: error! }
      : (JSON.parse(result) as { losses: number[]; accuracy: number });
  }

  it('has no module of Node in it', async () => {
    const scripts = (await readdir(join(folder, 'assets'))).filter((name) => name.endsWith('.js'));
    const texts = await Promise.all(scripts.map((name) => readFile(join(folder, 'assets', name), 'utf8')));
    expect(texts.join('')).not.toMatch(/browser-external|worker_threads|fs\/promises|onnxruntime_binding/);
  });

  it('goes through the losses of Node on the processor, which fall', async () => {
    const outcome = await run('');
    if ('error' in outcome) throw new Error(outcome.error);
    expect(outcome.losses).toHaveLength(steps);
    outcome.losses.forEach((loss, k) => expect(Math.abs(loss - expected[k])).toBeLessThan(1e-3));
    expect(outcome.losses.at(-1)!).toBeLessThan(0.5 * outcome.losses[0]);
    expect(outcome.accuracy).toBeGreaterThan(0.9);
  }, 300_000);

  it('and on WebGPU, where the browser has it', async (context) => {
    const outcome = await run('?device=webgpu');
    if ('error' in outcome && /no graphics card/.test(outcome.error)) context.skip(outcome.error);
    if ('error' in outcome) throw new Error(outcome.error);
    outcome.losses.forEach((loss, k) => expect(Math.abs(loss - expected[k])).toBeLessThan(1e-3));
    expect(outcome.accuracy).toBeGreaterThan(0.9);
  }, 300_000);
});
