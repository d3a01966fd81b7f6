import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import Table from 'cli-table3';
import { SurveyError, compareTruth } from '@blemish/survey';
import type { ScanSummary, TruthComparison } from '@blemish/survey';
import { exitCodes, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { simulateExposures } from '../simulate/simulate-exposures.ts';
import { ProgressLine, duration } from '../terminal.ts';
import { runScan, scanExitCode } from './scan.ts';

interface DemoFlags extends CommonOptions {
  readonly out: string;
  readonly n: number;
  readonly ccds: number;
  readonly model?: string;
  readonly width?: number;
  readonly height?: number;
  readonly threads?: number;
}

/** Neither a seed of training nor of tests (from 900000). */
const demoSeed = 800_001;

export function addDemo(program: Command, context: CommandContext): void {
  const command = program
    .command('demo')
    .description(
      'Simulate a small night, scan it with the shipped model, and say how right it was: the whole way in a minute or two. Everything in it is simulated.',
    )
    .option('--out <dir>', 'folder to write: night/ and scan/', 'blemish-demo')
    .option('--n <n>', 'exposures', parseInteger(1, 1000), 3)
    .option('--ccds <n>', 'CCDs of an exposure', parseInteger(1, 61), 4)
    .option('--model <model>', 'bundle folder or name of a shipped model')
    .option('--width <px>', 'width of a CCD (default 2046)', parseInteger(64, 8192))
    .option('--height <px>', 'height of a CCD (default 4094)', parseInteger(64, 8192))
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1, 1024))
    .action((flags: DemoFlags) => runDemo(flags, context));
  withCommonOptions(command, ['blemish demo', 'blemish demo --n 6 --seed 5 --out my-demo']);
}

async function runDemo(flags: DemoFlags, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const night = join(flags.out, 'night');
  const out = join(flags.out, 'scan');
  if (existsSync(flags.out) && !existsSync(join(night, 'manifest.csv')) && existsSync(night)) {
    throw new SurveyError('OUTPUT_EXISTS', 'holds something that is no demo', { path: night });
  }
  const progress = new ProgressLine(terminal);
  const started = performance.now();
  terminal.err(`simulating ${flags.n} exposures of ${flags.ccds} CCDs (none of it is real sky)\n`);
  try {
    const simulated = await simulateExposures({
      n: flags.n,
      seed: flags.seed ?? demoSeed,
      out: night,
      threads: flags.threads,
      // A demo may be run again: what is there is made from the same seed.
      existing: 'replace',
      exposure: { ccds: flags.ccds, width: flags.width, height: flags.height },
      signal,
      onProgress: (done) =>
        progress.update(`simulated ${done} of ${flags.n} exposures`, done / flags.n, null),
    });
    progress.done();
    if (simulated.interrupted) {
      context.exitCode = exitCodes.interrupted;
      return;
    }
    let truth: TruthComparison | null = null;
    const summary = await runScan(context, progress, {
      // The folder may hold more, from a larger demo before this one.
      paths: simulated.files.map((name) => join(night, name)),
      out,
      model: flags.model,
      threads: flags.threads,
      title: 'Demo: a simulated night',
      simulated: true,
      describeTruth: async ({ model, records }) => {
        truth = await compareTruth(night, out, model.classes, records);
        return truthLines(truth);
      },
    });
    context.exitCode = scanExitCode(summary);
    const seconds = (performance.now() - started) / 1000;
    print(flags, context, summary, truth, seconds);
  } finally {
    progress.done();
  }
}

function print(
  flags: DemoFlags,
  { terminal }: CommandContext,
  { interrupted: _, ...scanned }: ScanSummary,
  truth: TruthComparison | null,
  seconds: number,
): void {
  if (flags.json) {
    const document = { simulated: true, seconds, out: flags.out, scan: scanned, truth };
    terminal.out(`${JSON.stringify(document)}\n`);
    return;
  }
  const lines = [`\nSimulated night: ${scanned.images} CCDs scanned, ${scanned.flagged} flagged.`];
  if (truth)
    lines.push(
      ...truthLines(truth).map(({ label, value }) => `  ${label.padEnd(44)} ${value}`),
      classTable(truth),
    );
  lines.push(`Simulated and scanned in ${duration(seconds)}. Report: ${join(scanned.out, 'report.html')}`);
  terminal.out(`${lines.join('\n')}\n`);
}

function truthLines(truth: TruthComparison): { label: string; value: string }[] {
  const { minimumSnr, bad, found, good, falseAlarms, faint, meanIou, masksCompared } = truth;
  const lines = [
    { label: `CCDs with an artifact of S/N ≥ ${minimumSnr}, flagged`, value: `${found} of ${bad}` },
    { label: 'CCDs without an artifact, flagged all the same', value: `${falseAlarms} of ${good}` },
  ];
  if (faint > 0) lines.push({ label: 'CCDs with fainter artifacts only, not counted', value: `${faint}` });
  if (meanIou !== null) {
    const text = `${meanIou.toFixed(2)} over ${masksCompared} artifacts that do not cover a CCD`;
    lines.push({ label: 'Mean intersection over union of the masks', value: text });
  }
  return lines;
}

function classTable({ classes }: TruthComparison): string {
  const table = new Table({
    head: ['class', 'CCDs that have it', 'found by its name'],
    style: { head: [], border: [] },
  });
  for (const { name, present, found } of classes) table.push([name, present, found]);
  return table.toString();
}
