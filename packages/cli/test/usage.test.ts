import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explain } from '../src/context.ts';
import { buildProgram, main } from '../src/main.ts';
import { PhaseClock, ProgressLine, duration } from '../src/terminal.ts';
import type { Terminal } from '../src/terminal.ts';
import { blemish } from './helpers/run.ts';

interface Captured {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function capture(interactive = false): Terminal & { text(): { out: string; err: string } } {
  let out = '';
  let err = '';
  return {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    interactive,
    columns: 40,
    text: () => ({ out, err }),
  };
}

async function run(...argv: string[]): Promise<Captured> {
  const terminal = capture();
  const code = await main(argv, { terminal });
  return { code, ...terminal.text() };
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'blemish-usage-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('help', () => {
  const program = buildProgram({
    terminal: capture(),
    commandLine: '',
    signal: new AbortController().signal,
    exitCode: 0,
  });
  const leaves = (command: Command, path: string[]): [string, Command][] =>
    command.commands.length === 0
      ? [[path.join(' '), command]]
      : command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
  const commands = leaves(program, []);

  it('has the commands of this version', () => {
    expect(commands.map(([name]) => name)).toEqual([
      'demo',
      'scan',
      'difference',
      'simulate exposures',
      'simulate bad-exposures',
      'simulate sequences',
      'simulate cutouts',
      'simulate pair',
      'simulate stamps',
      'dataset import',
      'dataset export',
      'dataset grow',
      'dataset info',
      'dataset split',
      'dataset check',
      'dataset suspects',
      'dataset consensus',
      'dataset views',
      'train',
      'crossval',
      'compare',
      'search',
      'study noise',
      'study sizes',
      'evaluate',
      'finetune',
      'predict',
      'embed',
      'features',
      'fetch cutouts',
      'explain',
      'neighbours',
      'anomalies',
      'map',
      'model list',
      'model show',
      'model import',
      'model export',
    ]);
  });

  it.each(commands.map(([name]) => name))('%s --help shows an example, --json and --seed', async (name) => {
    const { code, out, err } = await run(...name.split(' '), '--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`$ blemish ${name}`);
    expect(out).toContain('--json');
    expect(out).toContain('--seed');
  });

  it('stands on its own with exit code 0 when asked for, 2 when nothing was', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, err: '' });
    expect((await run()).code).toBe(2);
    expect(await run('--version')).toMatchObject({ code: 0, out: '0.1.0\n' });
  });
});

describe('wrong usage exits with 2 and says what is right', () => {
  it.each([
    [['scann', 'x'], 'Did you mean scan?'],
    [['simulate', 'exposure', '--n', '1', '--out', 'x'], 'Did you mean exposures?'],
    [['scan'], "missing required argument 'path'"],
    [['scan', 'x', '--treshold', '0.5'], 'Did you mean --threshold?'],
    [['scan', 'x', '--threshold', '1.5'], '--threshold must be a probability from 0 to 1, got 1.5'],
    [['scan', 'x', '--threshold=-0.1'], '--threshold must be a probability from 0 to 1, got -0.1'],
    [['scan', 'x', '--threshold', 'half'], "argument 'half' is invalid. It must be a number."],
    [['scan', 'x', '--max-fpr', '2'], '--max-fpr must be a rate above 0 and below 1, got 2'],
    [['scan', 'x', '--max-fnr', 'Infinity'], '--max-fnr must be a rate above 0 and below 1'],
    [['scan', 'x', '--review-budget', '0'], '--review-budget must be a number of false CCDs'],
    [['scan', 'x', '--max-fpr', '0.1', '--max-fnr', '0.1'], '--max-fnr and --max-fpr exclude each other'],
    [['scan', 'x', '--format', 'fits'], "--format must be one of parquet, csv, ecsv, xml, got 'fits'"],
    [['scan', 'x', '--shard', '3/2'], '--shard must be I/N with 1 ≤ I ≤ N'],
    [['scan', 'x', '--threads', '1.5'], 'It must be a whole number from 1 to 1024'],
    [['simulate', 'exposures', '--out', 'x'], "required option '--n <n>' not specified"],
    [
      ['simulate', 'exposures', '--n', '1', '--out', 'x', '--artifacts', 'Meteor'],
      "--artifacts has 'Meteor'; the simulated classes are",
    ],
    [
      ['simulate', 'sequences', '--n', '1', '--out', 'x', '--artifacts', 'ghost,comet'],
      "--artifacts has 'comet'; the tags are bright_star, ghost",
    ],
    [
      ['simulate', 'sequences', '--n', '2', '--out', 'x', '--seed', '99999999'],
      'seed must be an integer from 0',
    ],
    [
      ['evaluate', 'blemish-ccd', '--data', 'x', '--max-fpr', '0.1'],
      '--max-fpr is for models of tables and stamps',
    ],
    [['evaluate', 'blemish-ccd', '--data', 'x', '--against', 'drb'], '--against is for models of stamps'],
    [['model', 'show', 'nope'], 'a name that `blemish model list` shows'],
  ])('%j', async (argv, message) => {
    const { code, out, err } = await run(...argv);
    expect(err).toContain(message);
    expect([code, out]).toEqual([2, '']);
  });

  it('with --json prints the error as one document', async () => {
    const { code, out } = await run('scan', 'x', '--threshold', '2', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'OPTION_INVALID' } });
    const usage = await run('scan', '--json');
    expect(JSON.parse(usage.out)).toMatchObject({ error: { code: 'USAGE' } });
  });
});

describe('nothing to scan exits with 3', () => {
  it('an empty folder, and one of masks alone, are named with what to give', async () => {
    const empty = await run('scan', root, '--out', join(root, 'out'), '--json');
    expect(empty.code).toBe(3);
    expect(empty.err).toContain(
      `${root}: no FITS image to scan; give FITS files (.fits .fit .fts .fz .fits.gz)`,
    );
    expect(JSON.parse(empty.out)).toMatchObject({
      processed: 0,
      images: 0,
      failed: [{ path: root, hdu: null, code: 'NO_INPUT' }],
    });
    await writeFile(join(root, 'c4d_1_ood_r_v1.fits'), '');
    const masks = await run('scan', root, '--out', join(root, 'out'));
    expect(masks.err).toContain('only 1 mask, weight or truth files');
    expect(await readdir(root)).toEqual(['c4d_1_ood_r_v1.fits']);
  });
});

describe('the shipped command as a subprocess', () => {
  it('answers without anything built', async () => {
    const { code, stdout, stderr } = await blemish(['--version'], { shipped: true, cwd: root });
    expect([code, stdout, stderr]).toEqual([0, '0.1.0\n', '']);
  });
});

describe('simulate exposures', () => {
  const args = (out: string, n: number): string[] => {
    const sizes = ['--ccds', '2', '--width', '128', '--height', '192'];
    return ['simulate', 'exposures', '--n', String(n), '--seed', '700000', '--out', out, ...sizes, '--json'];
  };

  it(
    'is the same for any number of threads, refuses to overwrite, resumes and replaces',
    { timeout: 180_000 },
    async () => {
      const one = join(root, 'one');
      const two = join(root, 'two');
      expect((await run(...args(one, 2), '--threads', '1')).code).toBe(0);
      const first = await run(...args(two, 1));
      expect(JSON.parse(first.out)).toMatchObject({ made: 1, kept: 0, ccds: 2, out: two });
      const refused = await run(...args(two, 2));
      expect(refused.code).toBe(2);
      expect(refused.err).toContain('was simulated before; choose another --out, or add --force');
      expect(JSON.parse((await run(...args(two, 2), '--resume', '--threads', '2')).out)).toMatchObject({
        made: 1,
        kept: 1,
      });
      expect(JSON.parse((await run(...args(two, 1), '--force')).out)).toMatchObject({ made: 1, kept: 0 });
      const names = (await readdir(one, { recursive: true })).sort();
      expect((await readdir(two, { recursive: true })).sort()).toEqual(names);
      expect(names.filter((name) => name.endsWith('.fz'))).toHaveLength(6);
      for (const name of names.filter((name) => name.endsWith('.fz'))) {
        expect((await readFile(join(two, name))).equals(await readFile(join(one, name))), name).toBe(true);
      }
      const lines = async (folder: string) =>
        (await readFile(join(folder, 'manifest.csv'), 'utf8')).trimEnd().split('\n').sort();
      expect(await lines(two)).toEqual(await lines(one));
      expect(await lines(one)).toHaveLength(5);
    },
  );
});

describe('progress', () => {
  it('is one line written over on a terminal, cut to its width', () => {
    const terminal = capture(true);
    const progress = new ProgressLine(terminal);
    progress.update('scanned 1 of 9', 1 / 9, 200);
    progress.note('failed: x');
    progress.update('a text longer than the forty columns of this terminal', 1, 0);
    progress.done();
    expect(terminal.text().err).toBe(
      '\r\u001b[2Kscanned 1 of 9, 3 min 20 s left\r\u001b[2Kfailed: x\n\r\u001b[2Ka text longer than the forty columns of\r\u001b[2K',
    );
  });

  it('is plain lines elsewhere, one a tenth', () => {
    const terminal = capture();
    const progress = new ProgressLine(terminal);
    for (let i = 0; i <= 100; i++) progress.update(`${i}`, i / 100, null);
    const lines = terminal.text().err.trimEnd().split('\n');
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toBe('100');
    expect(terminal.text().err).not.toContain('\r');
  });

  it('says durations as people do, and knows nothing before the first step', () => {
    expect([42.4, 200, 7500].map(duration)).toEqual(['42 s', '3 min 20 s', '2 h 5 min']);
    const clock = new PhaseClock();
    expect(clock.secondsLeft(0, 10)).toBeNull();
    expect(clock.secondsLeft(5, 10)).toBeGreaterThanOrEqual(0);
    expect(clock.secondsLeft(0, 10)).toBeNull();
  });
});

it('does not blame the user for a defect, and asks to report it', () => {
  let thrown: unknown;
  try {
    (undefined as unknown as { missing: () => void }).missing();
  } catch (error) {
    thrown = error;
  }
  const { code, message, exitCode } = explain(thrown);
  expect(code).toBe('INTERNAL');
  expect(message).toMatch(/undefined.*\n.*report it with the command/);
  expect(message).toContain('usage.test.ts');
  expect(exitCode).toBe(3);
  expect(explain(new RangeError('threshold must be a probability')).exitCode).toBe(2);
});
