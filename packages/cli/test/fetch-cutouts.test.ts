import { appendFile, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Header, encodeHdu } from '@blemish/fits';
import { decodeNpy } from '@blemish/survey/arrays';
import { run } from './helpers/main.ts';

const size = 16;
/** Answers by the right ascension asked for: what the service does the first, second … time; the last for ever. */
type Answer = 'ok' | 'error' | 'busy' | 'missing' | 'cut' | 'drop' | 'html' | 'large';
let answers: Record<string, Answer[]> = {};
let requests: { readonly ra: string; readonly url: URL; readonly at: number }[] = [];
let server: Server;
let root: string;

/** Band b of pixel (x, row r from the south) is 1000 b + 16 r + x. */
function cube(side: number): Uint8Array {
  const data = Float32Array.from(
    { length: 3 * side * side },
    (_, i) => 1000 * Math.floor(i / side ** 2) + (i % side ** 2),
  );
  return encodeHdu({ header: new Header([]), shape: [3, side, side], data }, true);
}

/** A JPEG of 16 × 16 pixels of (128, 128, 128). */
const picture = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwgIyYnKSopGR8tMC0oMCUoKSj/2wBDAQcHBwoIChMKChMoGhYaKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCj/wAARCAAQABADASIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AAA//2Q==',
  'base64',
);

function serve(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url!, 'http://localhost');
  const ra = url.searchParams.get('ra')!;
  const before = requests.filter((each) => each.ra === ra).length;
  requests.push({ ra, url, at: performance.now() });
  const list = answers[ra] ?? ['ok'];
  const body = url.pathname.endsWith('.jpg') ? picture : cube(size);
  switch (list[Math.min(before, list.length - 1)]) {
    case 'ok':
      return void response.end(body);
    case 'error':
      return void response.writeHead(500).end('oops');
    case 'busy':
      return void response.writeHead(429, { 'retry-after': '1' }).end();
    case 'missing':
      return void response.writeHead(404).end();
    case 'cut':
      return void response.end(body.subarray(0, body.length - 3000));
    case 'drop':
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 2000), () => response.destroy());
      return;
    case 'html':
      return void response.end('<html>maintenance</html>');
    case 'large':
      return void response.end(cube(2 * size));
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-fetch-'));
  server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});
beforeEach(() => {
  answers = {};
  requests = [];
});

interface Summary {
  readonly stamps: number;
  readonly fetched: number;
  readonly cached: number;
  readonly failed: readonly { readonly code: string; readonly error: string }[];
}

async function fetchList(
  name: string,
  ...more: readonly string[]
): Promise<{ code: number; summary: Summary; err: string }> {
  const service = `http://127.0.0.1:${(server.address() as AddressInfo).port}/viewer/`;
  const { code, out, err } = await run(
    ...['fetch', 'cutouts', join(root, `${name}.csv`), '--out', join(root, name), '--service', service],
    ...['--size', String(size), '--retries', '2', '--wait', '0.02', '--rate', '500', '--json', ...more],
  );
  return { code, summary: JSON.parse(out) as Summary, err };
}

async function putList(name: string, positions: readonly string[]): Promise<void> {
  const lines = positions.map((position, i) => `${position},${i % 2 ? 'lsbg' : 'artifact'}`);
  await writeFile(join(root, `${name}.csv`), `ra,dec,label\n${lines.join('\n')}\n`);
}

describe('fetch cutouts', () => {
  it(
    'gets through refusals, busy times and broken answers, and says what stays missing',
    { timeout: 60_000 },
    async () => {
      await putList('mixed', [
        '1,-10',
        '2,-10',
        '3,-10',
        '4,-10',
        '5,-10',
        '6,-10',
        '7,-10',
        '8,-10',
        '9,95',
        'x,1',
      ]);
      answers = {
        2: ['error', 'ok'],
        3: ['busy', 'ok'],
        4: ['cut', 'ok'],
        5: ['drop', 'html', 'ok'],
        6: ['missing'],
        7: ['large'],
        8: ['error'],
      };
      const { code, summary, err } = await fetchList(
        'mixed',
        '--pixel-scale',
        '0.524',
        '--unit-pixel',
        '0.262',
      );
      expect(code).toBe(1);
      expect(summary).toMatchObject({ stamps: 5, fetched: 5, cached: 0 });
      expect(summary.failed.map(({ code: each }) => each)).toEqual([
        ...['FETCH_FAILED', 'STAMP_SHAPE', 'FETCH_FAILED', 'FETCH_FAILED', 'FETCH_FAILED'],
      ]);
      // What cannot get better is asked for once, what may thrice.
      const times = (ra: string) => requests.filter((each) => each.ra === ra).length;
      expect(['1', '2', '3', '4', '5', '6', '7', '8', '9', 'x'].map(times)).toEqual([
        1, 2, 2, 2, 3, 1, 1, 3, 0, 0,
      ]);
      const [first, second] = requests.filter((each) => each.ra === '3');
      expect(second.at - first.at).toBeGreaterThan(990);
      expect(err).toContain('500 Internal Server Error (after 3 tries)');
      expect(requests[0].url.search).toContain('layer=ls-dr10&bands=grz&pixscale=0.524');

      const { shape, data } = decodeNpy(await readFile(join(root, 'mixed/stamps.npy')));
      expect(shape).toEqual([5, size, size, 3]);
      // North is up: the first row is the last of the file. Pixels of four of the service's have four times the flux.
      expect(Array.from(data.slice(0, 6), Number)).toEqual(
        [240, 1240, 2240, 241, 1241, 2241].map((value) => 4 * value),
      );
      const rows = (await readFile(join(root, 'mixed/stamps.csv'), 'utf8')).trimEnd().split('\n');
      expect(rows[0]).toBe('index,label,group,survey,ra,dec,list_row,pixel_scale_arcsec');
      expect(rows[5]).toMatch(/^4,artifact,ls-dr10-16-000,ls-dr10,5,-10,5,0.524$/);
      const failures = (await readFile(join(root, 'mixed/failures.csv'), 'utf8')).trimEnd().split('\n');
      expect(failures.slice(1).map((line) => line.split(',')[0])).toEqual(['6', '7', '8', '9', '10']);
    },
  );

  it('goes on from what it has, and asks again for what was damaged', { timeout: 60_000 }, async () => {
    await putList('again', ['21,5', '22,5', '23,5']);
    answers = { 22: ['error'] };
    expect((await fetchList('again')).summary).toMatchObject({ stamps: 2, fetched: 2 });
    answers = {};
    requests = [];
    const refused = await run('fetch', 'cutouts', join(root, 'again.csv'), '--out', join(root, 'again'));
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('there are stamps already')]);
    const { code, summary } = await fetchList('again', '--resume');
    expect([code, summary.stamps, summary.fetched, summary.cached]).toEqual([0, 3, 1, 2]);
    expect(requests.map(({ ra }) => ra)).toEqual(['22']);
    expect((await readdir(join(root, 'again'))).includes('failures.csv')).toBe(false);
    const whole = await readFile(join(root, 'again/stamps.npy'));

    const cache = join(root, 'again/cache');
    const kept = (await readdir(cache, { recursive: true })).filter((name) => /[0-9a-f]{64}$/.test(name));
    await appendFile(join(cache, kept[0]), 'x');
    requests = [];
    expect((await fetchList('again', '--resume')).summary).toMatchObject({ fetched: 1, cached: 2 });
    expect(requests).toHaveLength(1);
    expect((await readFile(join(root, 'again/stamps.npy'))).equals(whole)).toBe(true);
    expect((await fetchList('again', '--force')).summary).toMatchObject({ fetched: 3, cached: 0 });
  });

  it('takes pictures, and keeps to the rate', { timeout: 60_000 }, async () => {
    await putList('pictures', ['31,5', '32,5', '33,5', '34,5', '35,5']);
    const { code } = await fetchList('pictures', '--format', 'jpg', '--rate', '10');
    expect(code).toBe(0);
    const { shape, data } = decodeNpy(await readFile(join(root, 'pictures/stamps.npy')));
    expect([shape, data.constructor.name]).toEqual([[5, size, size, 3], 'Uint8Array']);
    expect(Math.abs(Number(data[0]) - 128)).toBeLessThan(4);
    // Five requests at ten a second take 0.4 s from the first to the last.
    expect(requests[4].at - requests[0].at).toBeGreaterThan(380);
    answers = { 41: ['missing'] };
    await putList('none', ['41,5']);
    expect((await fetchList('none')).code).toBe(3);
  });
});
