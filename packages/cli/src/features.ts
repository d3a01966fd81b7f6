import { Option } from 'commander';
import type { Command } from 'commander';
import { readRecipeFor } from '@blemish/survey';
import type { FeatureChoice } from '@blemish/survey';
import { exitCodes, splitList } from './context.ts';
import type { CommandContext } from './context.ts';
import { PhaseClock, ProgressLine } from './terminal.ts';

/** Flags that say which columns of a table are features. */
export interface FeatureFlags {
  readonly recipe?: string;
  readonly label?: string;
  readonly id?: string;
  readonly exclude?: readonly string[];
}

export function withFeatureOptions(command: Command): Command {
  const recipe = new Option(
    '--recipe <file>',
    'recipe for tables: its columns and steps, whatever its learner (default: all columns of numbers, medians for missing values, standard scale)',
  );
  return command
    .addOption(recipe.conflicts(['label', 'id', 'exclude']))
    .option('--label <column>', 'column with the class: shown, never a feature')
    .option('--id <column>', "column with the row's name: shown, never a feature")
    .option(
      '--exclude <columns>',
      'columns that are no features, with commas, `*` for any letters',
      splitList,
    );
}

export async function featuresOf({ recipe, ...named }: FeatureFlags): Promise<FeatureChoice> {
  if (recipe !== undefined) return { recipe: (await readRecipeFor(recipe, 'table')).recipe };
  return { recipe: null, label: named.label, id: named.id, exclude: named.exclude };
}

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
