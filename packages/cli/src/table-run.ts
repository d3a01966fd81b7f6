import { csvLines } from '@blemish/survey';
import type { Column, Row } from '@blemish/survey';
import { exitCodes } from './context.ts';
import type { CommandContext } from './context.ts';
import { PhaseClock, ProgressLine } from './terminal.ts';

/** Runs `body` with its progress on the terminal; null where it was interrupted, of which nothing is left. */
export async function withTableRun<T>(
  context: CommandContext,
  what: string,
  body: (onProgress: (done: number, total: number) => void) => Promise<T>,
): Promise<T | null> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  try {
    return await body((done, total) =>
      progress.update(`${what} (${done} of ${total})`, done / total, clock.secondsLeft(done, total)),
    );
  } catch (error) {
    if (!context.signal.aborted) throw error;
    context.exitCode = exitCodes.interrupted;
    progress.note('interrupted: nothing was written');
    return null;
  } finally {
    progress.done();
  }
}

/** Prints rows that went into no file: as CSV, or under `name` in the JSON document of the rest of the result. */
export function printRows(
  { terminal }: CommandContext,
  { json, out }: { readonly json?: boolean | undefined; readonly out?: string | undefined },
  name: string,
  result: {
    readonly rows: readonly Row[];
    readonly columns: readonly Column[];
    readonly notes: readonly string[];
  },
  said: string,
): void {
  const { rows, columns, ...summary } = result;
  for (const note of summary.notes) terminal.err(`note: ${note}\n`);
  if (json === true) {
    terminal.out(`${JSON.stringify({ ...summary, ...(out === undefined ? { [name]: rows } : {}) })}\n`);
    return;
  }
  const print = csvLines((text) => terminal.out(text));
  if (out === undefined) for (const row of rows) print(row, columns);
  terminal.err(`${said}${out === undefined ? '' : `: ${out}`}\n`);
}

/** What the trainings of several recipes report while they run. */
export interface TrainingsReport {
  readonly onNote: (note: string) => void;
  readonly onProgress: (done: number, total: number, message: string) => void;
}

/** Runs trainings of several recipes and prints what they give: what was done, where they were interrupted. */
export async function withTrainings<T extends { readonly interrupted: boolean }>(
  context: CommandContext,
  json: boolean | undefined,
  body: (report: TrainingsReport) => Promise<T>,
  describe: (result: T) => string,
): Promise<T> {
  const progress = new ProgressLine(context.terminal);
  const clock = new PhaseClock();
  const result = await body({
    onNote: (note) => progress.note(`note: ${note}`),
    onProgress: (done, total, message) =>
      progress.update(
        `${message} (${done} of ${total} trainings)`,
        done / total,
        clock.secondsLeft(done, total),
      ),
  }).finally(() => progress.done());
  const { interrupted, ...printed } = result;
  if (interrupted) context.exitCode = exitCodes.interrupted;
  context.terminal.out(json === true ? `${JSON.stringify(printed)}\n` : describe(result));
  if (interrupted) context.terminal.err('interrupted: the recipes above are those done\n');
  return result;
}
