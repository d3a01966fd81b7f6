import type { Failure } from '@blemish/survey';
import type { Terminal } from '../../terminal.ts';

const most = 20;

/** Tells of lines of a list that could not be read: the first by themselves, the rest by their number. */
export function reportLines(terminal: Terminal, failed: readonly Failure[]): void {
  for (const { error } of failed.slice(0, most)) terminal.err(`failed: ${error}\n`);
  if (failed.length > most)
    terminal.err(`failed: ${failed.length - most} more lines; --json names every one\n`);
}
