import { Option } from 'commander';
import type { Command } from 'commander';
import { readRecipeFor, tableTasks } from '@blemish/survey';
import type { FeatureChoice } from '@blemish/survey';
import { splitList } from './context.ts';

/** Flags that say which columns of a table are features. */
export interface FeatureFlags {
  readonly recipe?: string;
  readonly label?: string;
  readonly id?: string;
  readonly exclude?: readonly string[];
  readonly features?: readonly string[];
}

export function withFeatureOptions(command: Command): Command {
  const recipe = new Option(
    '--recipe <file>',
    'recipe for tables: its columns and steps, whatever its learner (default: all columns of numbers, medians for missing values, standard scale)',
  );
  return command
    .addOption(recipe.conflicts(['label', 'id', 'exclude', 'features']))
    .option('--label <column>', 'column with the class: shown, never a feature')
    .option('--id <column>', "column with the row's name: shown, never a feature")
    .option(
      '--features <columns>',
      'columns that are features, with commas, `*` for any letters (default: all of numbers)',
      splitList,
    )
    .option(
      '--exclude <columns>',
      'columns that are no features, with commas, `*` for any letters',
      splitList,
    );
}

export async function featuresOf({ recipe, ...named }: FeatureFlags): Promise<FeatureChoice> {
  if (recipe !== undefined) return { recipe: (await readRecipeFor(recipe, ...tableTasks)).recipe };
  return { recipe: null, label: named.label, id: named.id, exclude: named.exclude, features: named.features };
}
