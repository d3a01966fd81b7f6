import type { Command } from 'commander';
import { CommanderError, InvalidArgumentError, Option } from 'commander';
import { SurveyError, errorCode } from '@blemish/survey';
import type { Terminal } from './terminal.ts';

/** Exit codes of every command. */
export const exitCodes = { done: 0, someFailed: 1, wrongUsage: 2, nothingDone: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What commands get from whoever runs them. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** The command as typed. */
  readonly commandLine: string;
  /** Replaces the shipped analyser in tests. */
  readonly analyserModule?: URL | undefined;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** A command sets its exit code here. */
  exitCode: ExitCode;
}

/** Options every command has. */
export interface CommonOptions {
  readonly json?: boolean | undefined;
  readonly seed?: number | undefined;
}

/** Adds `--json`, `--seed` and an example to a command. */
export function withCommonOptions(command: Command, examples: readonly string[]): Command {
  return command
    .option('--json', 'print one JSON document on stdout, everything else on stderr')
    .option('--seed <n>', 'seed of everything random', parseInteger(0, 0xffffffff))
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
}

/** A whole number within limits, as commander parses options. */
export function parseInteger(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?\d+$/.test(text.trim()) || value < least || value > most) {
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

/** Any number; its range is checked where it is used. */
export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** Words between commas. */
export function splitList(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

export function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices);
}

/** What a thrown error means for the user: message and exit code. */
export function explain(error: unknown): { code: string; message: string; exitCode: ExitCode } {
  if (error instanceof CommanderError) {
    return { code: 'USAGE', message: error.message.replace(/^error: /, ''), exitCode: exitCodes.wrongUsage };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SurveyError) return { code: error.code, message, exitCode: error.exitCode };
  const code = errorCode(error);
  // Commands give no wrong types to what they call: whoever runs them has done nothing wrong.
  if (code === null && (error instanceof TypeError || error instanceof ReferenceError)) {
    const report = `this is a defect of blemish; please report it with the command and these lines:\n${error.stack}`;
    return { code: 'INTERNAL', message: `${message}\n${report}`, exitCode: exitCodes.nothingDone };
  }
  if (error instanceof RangeError || error instanceof TypeError) {
    return { code: code ?? 'USAGE', message, exitCode: exitCodes.wrongUsage };
  }
  return { code: code ?? 'FAILED', message, exitCode: exitCodes.nothingDone };
}
