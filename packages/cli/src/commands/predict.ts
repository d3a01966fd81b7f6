import type { Command } from 'commander';
import { csvLines, openBundle, predict, predictTable, tableTasks } from '@blemish/survey';
import type { ThresholdOptions } from '@blemish/survey';
import { exitCodes, withCommonOptions } from '../context.ts';
import type { CommandContext } from '../context.ts';
import { withStampOptions, withStampRun } from '../stamps.ts';
import type { StampFlags } from '../stamps.ts';
import { ProgressLine } from '../terminal.ts';
import { refuseFlags, thresholdFlags, thresholdsOf, withThresholdOptions } from '../thresholds.ts';

interface PredictFlags extends StampFlags, ThresholdOptions {
  readonly out?: string;
  readonly encoder?: string;
  readonly frames?: string;
}

export function addPredict(program: Command, context: CommandContext): void {
  const command = program
    .command('predict')
    .description(
      'Score stamps, rows of tables or objects with a sequence of frames by a model: one row each, in order, as CSV or Parquet.',
    )
    .argument('<model>', 'bundle folder, run, or name of a shipped model')
    .argument(
      '<input...>',
      'alerts (.avro, .parquet), stack of stamps (.npy, .npz, .h5, file.npz[name]), FITS stamp (file.fits[1]), folder of alerts or FITS stamps, or list file (@list); for a model of tables .csv, .parquet, .h5, .fits; for one of objects arrays <oid>.npy of `blemish embed`, their folder, or with --encoder the frames',
    )
    .option('--out <file>', 'table to write: .csv, .parquet, .ecsv or .xml (default: CSV on stdout)')
    .option('--encoder <model>', 'objects: the inputs are folders of frames, which this encoder describes')
    .option('--frames <file>', 'objects: table to write with one row for each frame');
  withStampOptions(command);
  withThresholdOptions(command).action(async (model: string, inputs: string[], flags: PredictFlags) => {
    const { description } = await openBundle(model, 'stamp', ...tableTasks);
    if (description.task === 'stamp') {
      refuseFlags(flags, [...thresholdFlags, 'encoder', 'frames'], 'models of tables and sequences');
      await predictStamps(context, model, inputs, flags);
    } else await predictRows(context, model, inputs, flags);
  });
  withCommonOptions(command, [
    'blemish predict models/braai stamps.npy --out scores.csv',
    'blemish predict models/braai candidates/ --out scores.parquet',
    'blemish predict models/braai alerts/ --out scores.parquet',
    'blemish predict models/braai rubin.parquet --fit pad-crop --out scores.csv',
    'blemish predict runs/naive-bayes candidates.csv --max-fpr 0.01 --out scores.csv',
    'blemish predict runs/fusion objects/ --encoder models/ztf-vae --out verdicts.csv --frames frames.csv',
  ]);
}

/** Reasons that are printed; the summary of --json has all. */
const shown = 10;

async function predictStamps(
  context: CommandContext,
  model: string,
  inputs: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  const { terminal } = context;
  const rows: unknown[] = [];
  const print = csvLines((text) => terminal.out(text));
  const { interrupted, ...summary } = await withStampRun(context, inputs, flags, (options) =>
    predict({
      ...options,
      model,
      out: flags.out ?? null,
      onRow: (row, columns) => {
        if (flags.out !== undefined) return;
        if (flags.json) rows.push(row);
        else print(row, columns);
      },
    }),
  );
  if (flags.json) {
    const predictions = flags.out === undefined ? { predictions: rows } : {};
    terminal.out(`${JSON.stringify({ ...summary, ...predictions })}\n`);
  } else {
    const { stamps, unscored, failed, out } = summary;
    const reasons = Object.entries(unscored).sort(([, a], [, b]) => b - a);
    const without = reasons.reduce((sum, [, n]) => sum + n, 0);
    for (const [reason, n] of reasons.slice(0, shown)) terminal.err(`no probability for ${n}: ${reason}\n`);
    if (reasons.length > shown)
      terminal.err(`and ${reasons.length - shown} more reasons: see the column reason\n`);
    const parts = [`${stamps} stamps`];
    if (without > 0) parts.push(`${without} of them without a probability`);
    if (failed.length > 0) parts.push(`${failed.length} failed`);
    terminal.err(`${parts.join(', ')}${out === null ? '' : `: ${out}`}\n`);
  }
  if (interrupted) terminal.err('interrupted: the rows above are those done\n');
}

async function predictRows(
  context: CommandContext,
  model: string,
  inputs: readonly string[],
  flags: PredictFlags,
): Promise<void> {
  const { terminal } = context;
  const rows: unknown[] = [];
  const print = csvLines((text) => terminal.out(text));
  const progress = new ProgressLine(terminal);
  const { interrupted, ...summary } = await predictTable(await openBundle(model, ...tableTasks), {
    inputs,
    out: flags.out ?? null,
    encoder: flags.encoder,
    frames: flags.frames,
    thresholds: thresholdsOf(flags),
    signal: context.signal,
    onNote: (note) => progress.note(`note: ${note}`),
    onFailure: ({ error }) => progress.note(`failed: ${error}`),
    onProgress: (done, total) => progress.update(`${done} of ${total} inputs`, done / total, null),
    onRow: (row, columns) => {
      if (flags.out !== undefined) return;
      if (flags.json) rows.push(row);
      else print(row, columns);
    },
  }).finally(() => progress.done());
  if (interrupted) context.exitCode = exitCodes.interrupted;
  else if (summary.files === 0) context.exitCode = exitCodes.nothingDone;
  else if (summary.failed.length > 0) context.exitCode = exitCodes.someFailed;
  if (flags.json) {
    const predictions = flags.out === undefined ? { predictions: rows } : {};
    terminal.out(`${JSON.stringify({ ...summary, ...predictions })}\n`);
  } else {
    const failed = summary.failed.length > 0 ? `, ${summary.failed.length} failed` : '';
    terminal.err(`${summary.rows} rows${failed}${summary.out === null ? '' : `: ${summary.out}`}\n`);
  }
  if (interrupted) terminal.err('interrupted: the rows above are those done\n');
}
