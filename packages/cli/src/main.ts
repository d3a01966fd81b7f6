import { Command, CommanderError } from 'commander';
import { version } from '@blemish/survey';
import { addAnomalies } from './commands/anomalies.ts';
import { addCompare } from './commands/compare.ts';
import { addCrossval } from './commands/crossval.ts';
import { addDataset } from './commands/dataset.ts';
import { addDemo } from './commands/demo.ts';
import { addDifference } from './commands/difference.ts';
import { addEmbed } from './commands/embed.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addFinetune } from './commands/finetune.ts';
import { addFeatures } from './commands/features.ts';
import { addFetch } from './commands/fetch.ts';
import { addExplain } from './commands/explain.ts';
import { addMap } from './commands/map.ts';
import { addMerge } from './commands/merge.ts';
import { addModel } from './commands/model.ts';
import { addNeighbours } from './commands/neighbours.ts';
import { addPredict } from './commands/predict.ts';
import { addScan } from './commands/scan.ts';
import { addSearch } from './commands/search.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStudy } from './commands/study.ts';
import { addTrain } from './commands/train.ts';
import { exitCodes, explain } from './context.ts';
import type { CommandContext } from './context.ts';
import { processTerminal } from './terminal.ts';
import type { Terminal } from './terminal.ts';

export interface MainOptions {
  readonly terminal?: Terminal | undefined;
  readonly analyserModule?: URL | undefined;
}

/**
 * The `blemish` command.
 * @param argv words after the command's name
 * @returns the exit code: 0 done, 1 some inputs failed, 2 wrong usage, 3 nothing could be done, 130 interrupted
 */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  const terminal = options.terminal ?? processTerminal();
  const interrupt = new AbortController();
  const onInterrupt = (): void => {
    // A second Ctrl-C does not wait.
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    terminal.err('\nstopping after what is at hand; press Ctrl-C again to stop at once\n');
    interrupt.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onInterrupt);
  const context: CommandContext = {
    terminal,
    commandLine: ['blemish', ...argv].map(quote).join(' '),
    analyserModule: options.analyserModule,
    signal: interrupt.signal,
    exitCode: exitCodes.done,
  };
  try {
    await buildProgram(context).parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return fail(error, argv, terminal);
  } finally {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onInterrupt);
  }
}

/** The whole command tree; the reference pages are made from it. */
export function buildProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('blemish')
    .description(
      'Finds what is not sky in astronomical survey images: flags, masks and catalogues from FITS files.',
    )
    .version(version)
    .addHelpText(
      'after',
      '\nExamples:\n  $ blemish demo\n  $ blemish scan night/ --out scan\n\nExit codes: 0 done, 1 some inputs failed, 2 wrong usage, 3 nothing could be done, 130 interrupted',
    );
  const settings = {
    writeOut: (text: string) => terminal.out(text),
    writeErr: (text: string) => terminal.err(text),
  };
  program.exitOverride().configureOutput(settings).showHelpAfterError('(add --help for what is possible)');
  const commands = [
    addDemo,
    addScan,
    addMerge,
    addDifference,
    addSimulate,
    addDataset,
    addTrain,
    addCrossval,
    addCompare,
    addSearch,
    addStudy,
    addEvaluate,
    addFinetune,
    addPredict,
    addEmbed,
    addFeatures,
    addFetch,
    addExplain,
    addNeighbours,
    addAnomalies,
    addMap,
    addModel,
  ];
  for (const add of commands) add(program, context);
  return program;
}

function fail(error: unknown, argv: readonly string[], terminal: Terminal): number {
  if (error instanceof CommanderError) {
    const asked = ['commander.helpDisplayed', 'commander.version', 'commander.help'].includes(error.code);
    // `blemish` alone shows the help but did nothing.
    if (asked) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUsage;
  }
  const { code, message, exitCode } = explain(error);
  // Commander has printed its own message already.
  if (!(error instanceof CommanderError)) terminal.err(`error: ${message}\n`);
  if (argv.includes('--json')) terminal.out(`${JSON.stringify({ error: { code, message } })}\n`);
  return exitCode;
}

function quote(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
