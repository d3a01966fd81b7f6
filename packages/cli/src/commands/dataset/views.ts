import type { Command } from 'commander';
import { makeExposureSet } from '@blemish/survey';
import type { ExposureSetSummary } from '@blemish/survey';
import { exitCodes, parseInteger, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';
import { ProgressLine } from '../../terminal.ts';
import { parseViews, withViewOptions } from '../../views.ts';
import type { ViewFlags } from '../../views.ts';

interface ViewsFlags extends CommonOptions, ViewFlags {
  readonly out: string;
  readonly labels?: string;
  readonly threads?: number;
  readonly force?: boolean;
}

/** Names that are printed; --json has all. */
const shown = 5;

export function addDatasetViews(group: Command, context: CommandContext): void {
  const { terminal } = context;
  const command = group
    .command('views')
    .description(
      'A set of exposures for models of whole exposures: stamps.npy with views of each CCD (the whole averaged, and crops around its brightest isolated sources), stamps.csv with the header’s quantities, simple statistics and labels. Masks (ood) and weights beside the files count as in scan.',
    )
    .argument('<inputs...>', 'FITS files, folders of them, or list files')
    .requiredOption('--out <set>', 'folder to write')
    .option('--labels <list>', 'table with exposure and reasons (categories joined by semicolons)')
    .option('--threads <n>', 'worker threads (default: one a core)', parseInteger(1, 1024))
    .option('--force', 'replace a set that is there');
  withViewOptions(command).action(async (inputs: string[], flags: ViewsFlags) => {
    const progress = new ProgressLine(terminal);
    try {
      const result = await makeExposureSet({
        ...{ inputs, out: flags.out, force: flags.force, threads: flags.threads, signal: context.signal },
        views: parseViews(flags),
        labels: flags.labels ?? null,
        onProgress: (done, total) => progress.update(`read ${done} of ${total} files`, done / total, null),
      });
      progress.done();
      if (result.interrupted) context.exitCode = exitCodes.interrupted;
      else if (result.ccds === 0) context.exitCode = exitCodes.nothingDone;
      else if (result.failures.length > 0) context.exitCode = exitCodes.someFailed;
      for (const { error } of result.failures) terminal.err(`${error}\n`);
      for (const note of notesOf(result)) terminal.err(`note: ${note}\n`);
      if (result.interrupted) terminal.err('interrupted: run again with --force\n');
      terminal.out(
        flags.json
          ? `${JSON.stringify({ ...result, out: flags.out })}\n`
          : `${textOf(result)}: ${flags.out}\n`,
      );
    } finally {
      progress.done();
    }
  });
  withCommonOptions(command, [
    'blemish dataset views night --out set',
    'blemish dataset views night --labels bad-exposures.csv --out labelled',
  ]);
}

function textOf({ ccds, exposures, labelled }: ExposureSetSummary): string {
  return `${ccds} CCDs of ${exposures} exposures, ${labelled} of them labelled`;
}

/** What a reader of the set should know. */
function notesOf(result: ExposureSetSummary): string[] {
  const { cameras, ccdsPerExposure, incomplete, duplicates, renamed, labelsWithout, contradicted } = result;
  const notes: string[] = [];
  const kinds = Object.entries(cameras).map(([name, count]) => `${count} of ${name}`);
  if (kinds.length > 1) notes.push(`exposures of several cameras: ${kinds.join(', ')}`);
  if (incomplete > 0)
    notes.push(
      `${incomplete} exposures have fewer than ${ccdsPerExposure.median} CCDs, the least ${ccdsPerExposure.least}`,
    );
  if (duplicates > 0) notes.push(`${duplicates} CCDs came twice: the first of each was taken`);
  if (renamed > 0)
    notes.push(`${renamed} exposures bear the number of another one: -2, -3 … was put behind it`);
  if (labelsWithout.length > 0)
    notes.push(`${labelsWithout.length} labelled exposures are not there: ${list(labelsWithout)}`);
  if (contradicted.length > 0)
    notes.push(
      `${contradicted.length} exposures are called good and bad, and count as bad: ${list(contradicted)}`,
    );
  return notes;
}

function list(names: readonly string[]): string {
  return names.slice(0, shown).join(', ') + (names.length > shown ? ', …' : '');
}
