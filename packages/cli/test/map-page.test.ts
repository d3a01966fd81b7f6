// The page of a map, clicked in a real browser.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findChromium } from '@blemish/testkit';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBlobSet } from './helpers/blob-set.ts';
import { run, runJson } from './helpers/main.ts';
import { put } from './helpers/table.ts';

const executablePath = findChromium();

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-map-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const count = 24;
/** Points on a circle, so that each has its place to itself. */
const places = Array.from({ length: count }, (_, i) => [
  Math.cos((2 * Math.PI * i) / count),
  Math.sin((2 * Math.PI * i) / count),
]);
const classes = ['Good', 'Noise', 'Ghost_Scatter'];

/** Embeddings with places, the set they are of, and predictions. */
async function inputs() {
  const set = await writeBlobSet(join(root, 'set'), {
    count,
    seed: 7,
    columns: {
      // As many as to be a quantity, were they not names.
      exposure: (i) => 4000 + i,
      ccd: (i) => (i % 2 === 0 ? 'N4' : 'S4'),
      night: (i) => `2015-01-0${1 + (i % 3)}`,
      mjd: (i) => 57000.125 + i,
    },
  });
  const rows = places.map(([x, y], i) => `set/stamps.npy,${count - 1 - i},${x},${y}`);
  const table = await put(root, 'embeddings.csv', `path,index,e_0,e_1\n${rows.join('\n')}\n`);
  const said = places.map((_, i) => `${i + 1},0.${10 + i},${classes[i % 3]}`);
  const beside = await put(root, 'predictions.csv', `row,probability,class\n${said.join('\n')}\n`);
  return { set, table, beside };
}

describe('map --views --beside', () => {
  const features = ['--method', 'given', '--features', 'e_*'];

  it('refuses what does not belong to the rows', async () => {
    const { set, table } = await inputs();
    const out = ['--out', join(root, 'refused.csv')];
    const short = await put(root, 'short.csv', 'probability\n0.5\n');
    const far = await put(root, 'far.csv', 'index,e_0,e_1\n0,1,2\n99,2,3\n');
    for (const [argv, exit, message] of [
      [['map', table, ...features, '--beside', short], 2, /short\.csv: has 1 rows where the table has 24/],
      [['map', far, ...features, '--views', set], 2, /row 2 has the index 99, and the set 24 stamps/],
      [['map', table, ...features, '--show', 'nihgt'], 2, /no column 'nihgt'/],
      [['map', table, '--method', 'given', '--features', 'e_0'], 2, /1 columns of numbers: .* two or three/],
    ] as const) {
      const { code, err } = await run(...argv, ...out);
      expect([code, err]).toEqual([exit, expect.stringMatching(message)]);
    }
  });

  it.skipIf(executablePath === null)('is looked about in', { timeout: 180_000 }, async () => {
    const { set, table, beside } = await inputs();
    const result = await runJson<{ page: string; shown: string[]; thumbnail: number }>(
      ...['map', table, ...features, '--views', set, '--beside', beside, '--out', join(root, 'map.csv')],
    );
    expect(result).toMatchObject({
      shown: ['probability', 'class', 'label', 'group', 'exposure', 'ccd', 'night', 'mjd'],
      thumbnail: 16,
    });
    const twenty = await bigMap();
    const cube = await put(root, 'cube.csv', 'name,a,b,c\nfront,1,0.5,1\nback,-1,-0.5,-1\nlow,0.2,-0.5,0\n');
    const solid = await runJson<{ page: string }>(
      ...['map', cube, '--method', 'given', '--id', 'name', '--out', join(root, 'solid.csv')],
    );
    const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    try {
      await lookAbout(await opened(browser, result.page));
      await turn(await opened(browser, solid.page));
      await moveMany(await opened(browser, twenty));
    } finally {
      await browser.close();
    }
  });
});

async function bigMap(): Promise<string> {
  const rows = Array.from({ length: 20_000 }, (_, i) => {
    const r = Math.sqrt(i / 20_000);
    return `${(r * Math.cos(2.4 * i)).toFixed(4)},${(r * Math.sin(2.4 * i)).toFixed(4)},c${i % 12}`;
  });
  const table = await put(root, 'many.csv', `x,y,kind\n${rows.join('\n')}\n`);
  const { page } = await runJson<{ page: string }>(
    ...['map', table, '--method', 'given', '--label', 'kind', '--out', join(root, 'many-map.csv')],
  );
  return page;
}

/** A page with its map, of which nothing may go wrong, and nothing be asked of the network. */
async function opened(browser: Browser, path: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 1600 } });
  page.on('pageerror', (error) => expect.fail(error.message));
  page.on('console', (message) => message.type() === 'error' && expect.fail(message.text()));
  await page.goto(pathToFileURL(path).href);
  await page.waitForSelector('.livemap .live:not([hidden])');
  expect(await page.locator('.livemap .static').isVisible()).toBe(false);
  return page;
}

/** Where a place between −1 and 1 lies on the screen of an untouched map. */
async function screen(page: Page, [x, y]: readonly number[]): Promise<readonly [number, number]> {
  const box = (await page.locator('canvas.points').boundingBox())!;
  const scale = 0.47 * Math.min(box.width, box.height);
  return [box.x + box.width / 2 + scale * x, box.y + box.height / 2 - scale * y];
}

async function tipAt(page: Page, place: readonly number[]): Promise<string | null> {
  await page.mouse.move(...(await screen(page, place)));
  const tip = page.locator('.tip');
  return (await tip.isVisible()) ? tip.innerText() : null;
}

const view = (page: Page) => page.locator('[data-livemap]').getAttribute('data-view');

async function lookAbout(page: Page): Promise<void> {
  // Row i has the stamp count − 1 − i: the exposure is that stamp's, the class and probability the row's.
  const i = 5;
  const stamp = count - 1 - i;
  await page.waitForSelector('[data-thumbnails=ready]');
  const tip = await tipAt(page, places[i]);
  expect(tip).toMatch(new RegExp(`^${4000 + stamp}\\n`));
  for (const text of [
    `class\n${classes[i % 3]}`,
    `probability\n0.${10 + i}`,
    'ccd\nN4',
    'mjd\n57018.125',
    'row\n6',
  ])
    expect(tip).toContain(text);
  expect(await tipAt(page, [0, 0])).toBeNull();
  // The thumbnail shows noise of the stamp's first channel, between its own quantiles: black and white both.
  await tipAt(page, places[i]);
  const levels = await page.evaluate<number[]>(`(() => {
    const c = document.querySelector('.tip canvas');
    return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data);
  })()`);
  expect([Math.min(...levels) < 40, levels.length]).toEqual([true, 4 * 16 * 16]);

  await page.mouse.click(...(await screen(page, places[i])));
  await page.mouse.click(...(await screen(page, places[9])));
  expect(await page.locator('.pin b').allInnerTexts()).toEqual(
    [stamp, count - 1 - 9].map((at) => String(4000 + at)),
  );
  await page.locator('.pin button').first().click();
  expect(await page.locator('.pin').count()).toBe(1);

  const legend = page.locator('.live-legend button');
  expect((await legend.allInnerTexts()).sort()).toEqual(classes.map((name) => `${name} (8)`).sort());
  await legend.filter({ hasText: classes[i % 3] }).click();
  expect(await tipAt(page, places[i])).toBeNull();
  await page.locator('select').selectOption({ label: 'night' });
  expect(await legend.allInnerTexts()).toContain('2015-01-01 (8)');
  expect(await tipAt(page, places[i])).toBe(tip);
  await page.locator('select').selectOption({ label: 'mjd' });
  expect(await page.locator('.live-legend .ramp').isVisible()).toBe(true);

  await page.locator('input[type=search]').fill('4003');
  expect(await page.locator('.hits').innerText()).toBe('1 of 24');
  const before = await view(page);
  await page.keyboard.press('Enter');
  await expect.poll(() => view(page)).not.toBe(before);
  expect(await page.locator('.pin b').allInnerTexts()).toContain('4003');
  // What was found lies in the middle now.
  expect(await tipAt(page, [0, 0])).toMatch(/^4003\n/);
  await page.locator('input[type=search]').fill('');
  await page.locator('.reset').click();
  await expect.poll(() => view(page)).toBe('1.000 0.000 0.000');
  await page.mouse.move(...(await screen(page, [0.2, 0.3])));
  await page.mouse.wheel(0, -400);
  await expect.poll(() => view(page)).not.toBe('1.000 0.000 0.000');
  await page.mouse.down();
  await page.mouse.move(600, 500, { steps: 3 });
  await page.mouse.up();
  await page.locator('.reset').click();
  await expect.poll(() => view(page)).toBe('1.000 0.000 0.000');
}

/** Half a turn about the vertical of the screen takes x to −x. */
async function turn(page: Page): Promise<void> {
  const front = [1, 0.5];
  expect(await tipAt(page, front)).toMatch(/^front\n/);
  const [x, y] = await screen(page, [0, 0]);
  await page.mouse.move(x - 150, y);
  await page.mouse.down();
  await page.mouse.move(x - 150 + Math.PI / 0.008, y, { steps: 6 });
  await page.mouse.up();
  expect(await tipAt(page, front)).toBeNull();
  expect(await tipAt(page, [-1, 0.5])).toMatch(/^front\n/);
}

/** Twenty thousand points follow the wheel; how fast is for the eye, not for a test on a machine that does other things. */
async function moveMany(page: Page): Promise<void> {
  const [x, y] = await screen(page, [0, 0]);
  await page.mouse.move(x, y);
  for (const step of [-100, 100]) {
    const before = await view(page);
    await page.mouse.wheel(0, step);
    await expect.poll(() => view(page)).not.toBe(before);
    expect(Number(await page.locator('[data-livemap]').getAttribute('data-drawn'))).toBeGreaterThan(0);
  }
}
