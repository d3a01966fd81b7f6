import type { Command } from 'commander';
import { parseFormats, parseShard, scan } from '@blemish/survey';
import type { ScanOptions, ScanSummary, ThresholdOptions } from '@blemish/survey';
import { exitCodes, parseInteger, parseNumber, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions, ExitCode } from '../context.ts';
import { ProgressLine, duration } from '../terminal.ts';
import { thresholdsOf } from '../thresholds.ts';

interface ScanFlags extends CommonOptions, ThresholdOptions {
  readonly model?: string;
  readonly out: string;
  readonly format: string[];
  readonly shard?: string;
  readonly resume?: boolean;
  readonly threads?: number;
}

export function addScan(program: Command, context: CommandContext): void {
  const command = program
    .command('scan')
    .description(
      'Find artifacts in FITS files: flags, masks, catalogue, regions and a report. Folders are read recursively; masks (ood), weights (oow, .wht) beside an image are used.',
    )
    .argument(
      '<path...>',
      'FITS file, file.fits[3] or file.fits[N4] for one HDU, folder, or list file (@list, .txt)',
    )
    .option('--model <model>', 'bundle folder or name of a shipped model')
    .option('--out <dir>', 'folder to write', 'blemish-scan')
    .option('--threshold <t>', 'flag from this probability on', parseNumber)
    .option('--max-fnr <f>', 'threshold that misses at most this share of bad CCDs', parseNumber)
    .option('--max-fpr <f>', 'threshold that flags at most this share of good CCDs', parseNumber)
    .option('--min-precision <p>', 'threshold with at least this share of the flagged CCDs bad', parseNumber)
    .option('--miss-cost <c>', 'threshold of least cost, where a miss costs C false flags', parseNumber)
    .option('--review-budget <n>', 'threshold with at most N false CCDs per ten exposures', parseNumber)
    .option('--format <list>', 'tables beside Parquet, with commas: csv, ecsv, xml (VOTable)', collect, [])
    .option('--shard <i/n>', 'do the I-th of N parts of the inputs')
    .option('--resume', 'go on where an earlier scan into the same folder stopped')
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1, 1024))
    .action(async (paths: string[], flags: ScanFlags) => {
      const progress = new ProgressLine(context.terminal);
      const summary = await runScan(context, progress, {
        paths,
        out: flags.out,
        model: flags.model,
        thresholds: thresholdsOf(flags),
        formats: parseFormats(flags.format),
        shard: flags.shard === undefined ? undefined : parseShard(flags.shard),
        resume: flags.resume,
        threads: flags.threads,
      });
      context.exitCode = scanExitCode(summary);
      const { interrupted, ...printed } = summary;
      if (flags.json) context.terminal.out(`${JSON.stringify(printed)}\n`);
      else context.terminal.out(`${describeScan(summary)}\n`);
      if (interrupted) context.terminal.err('interrupted: run again with --resume to go on\n');
    });
  withCommonOptions(command, [
    'blemish scan night/ --out scan',
    'blemish scan c4d_170316_062107_ooi_z_ls9.fits.fz[N4] --out one --format csv',
    'blemish scan @list.txt --max-fpr 0.01 --out scan --resume',
  ]);
}

/** An option that may be given several times. */
export function collect(text: string, before: string[]): string[] {
  return [...before, text];
}

/** Runs a scan with its progress on the terminal and each failure as a line of its own. */
export async function runScan(
  context: CommandContext,
  progress: ProgressLine,
  options: ScanOptions,
): Promise<ScanSummary> {
  try {
    return await scan({
      ...options,
      command: context.commandLine,
      signal: context.signal,
      analyserModule: context.analyserModule,
      onFailure: ({ error }) => progress.note(`failed: ${error}`),
      onProgress: (state) => {
        const flagged = state.flagged > 0 ? `, ${state.flagged} flagged` : '';
        const failed = state.failed > 0 ? `, ${state.failed} failed` : '';
        const text = `scanned ${state.imagesDone} of ${state.images} CCDs (${state.filesDone} of ${state.files} files)${flagged}${failed}`;
        const fraction = state.files === 0 ? 1 : state.imagesDone / Math.max(state.images, 1);
        progress.update(text, fraction, state.secondsLeft);
      },
    });
  } finally {
    progress.done();
  }
}

export function scanExitCode(summary: ScanSummary): ExitCode {
  if (summary.interrupted) return exitCodes.interrupted;
  const { images, processed, skipped, failed } = summary;
  const hadNothingToDo = processed + skipped + failed.length === 0;
  if (images === 0 && !hadNothingToDo) return exitCodes.nothingDone;
  return failed.length > 0 ? exitCodes.someFailed : exitCodes.done;
}

export function describeScan({
  images,
  unjudged,
  skipped,
  flagged,
  failed,
  duplicates,
  seconds,
  out,
}: ScanSummary): string {
  const lines = [
    `${images} CCDs in ${duration(seconds)}: ${flagged} flagged, ${images - flagged - unjudged} not` +
      (unjudged > 0 ? `, ${unjudged} not judged` : ''),
  ];
  if (skipped > 0) lines.push(`${skipped} files without an image were skipped`);
  if (duplicates > 0) {
    lines.push(
      `${duplicates} exposure ${duplicates === 1 ? 'number is' : 'numbers are'} given to more than one exposure: see the report`,
    );
  }
  if (failed.length > 0) {
    lines.push(`${failed.length} inputs failed, the first: ${failed[0].error}`);
  }
  if (images > 0) lines.push(`report: ${out}/report.html`);
  return lines.join('\n');
}
