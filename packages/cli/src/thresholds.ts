import type { Command } from 'commander';
import { SurveyError } from '@blemish/survey';
import type { ThresholdOptions } from '@blemish/survey';
import { parseNumber } from './context.ts';

/** The ways to say where rows are flagged, for models of tables with two classes. */
export function withThresholdOptions(command: Command): Command {
  return command
    .option('--threshold <t>', 'tables: flag from this probability on', parseNumber)
    .option('--max-fnr <f>', 'tables: miss at most this share of the positive rows', parseNumber)
    .option('--max-fpr <f>', 'tables: flag at most this share of the negative rows', parseNumber)
    .option('--min-precision <p>', 'tables: of the flagged rows at least this share positive', parseNumber)
    .option('--miss-cost <c>', 'tables: least expected cost, where a miss costs C false flags', parseNumber)
    .option('--review-budget <n>', 'tables: flag at most N negative rows in 1000', parseNumber);
}

export function thresholdsOf(flags: ThresholdOptions): ThresholdOptions {
  const { threshold, maxFnr, maxFpr, reviewBudget, minPrecision, missCost } = flags;
  return { threshold, maxFnr, maxFpr, reviewBudget, minPrecision, missCost };
}

/** The flags of `thresholdsOf`, as they stand in parsed options. */
export const thresholdFlags = [
  'threshold',
  'maxFnr',
  'maxFpr',
  'reviewBudget',
  'minPrecision',
  'missCost',
] as const satisfies readonly (keyof ThresholdOptions)[];

/**
 * What was asked for and would be ignored is no answer to what was asked.
 * @param of whose flags they are: "tables"
 * @throws SurveyError OPTION_INVALID naming the first flag of `names` that was given
 */
export function refuseFlags<F extends object>(
  flags: F,
  names: readonly (keyof F & string)[],
  of: string,
): void {
  const given = names.find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  const option = given.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new SurveyError('OPTION_INVALID', `--${option} is for ${of}; this model is another: leave it out`);
}
