import type { Command } from 'commander';
import { evaluateModel } from '@blemish/survey';
import { exitCodes, parseInteger, withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';
import { PhaseClock, ProgressLine } from '../terminal.ts';

interface EvaluateFlags extends CommonOptions {
  readonly data: string;
  readonly bootstrap?: number;
  readonly out?: string;
}

export function addEvaluate(program: Command, context: CommandContext): void {
  const command = program
    .command('evaluate')
    .description('Measure a model on data with truth: metrics with bootstrap intervals, calibration, plots.')
    .argument('<model>', 'bundle folder, run, or name of a shipped model')
    .requiredOption('--data <dir>', 'simulated exposures with truth (blemish simulate exposures)')
    .option('--bootstrap <n>', 'bootstrap samples', parseInteger(0, 1_000_000))
    .option('--out <dir>', 'folder to write')
    .action(async (model: string, flags: EvaluateFlags) => {
      const progress = new ProgressLine(context.terminal);
      const clock = new PhaseClock();
      try {
        const result = await evaluateModel(model, {
          data: flags.data,
          bootstrap: flags.bootstrap,
          out: flags.out,
          seed: flags.seed,
          signal: context.signal,
          onProgress: ({ done, total, message }) => {
            const count = `${message} (${done} of ${total})`;
            progress.update(count, total > 0 ? done / total : 0, clock.secondsLeft(done, total));
          },
        });
        progress.done();
        if (result.interrupted) context.exitCode = exitCodes.interrupted;
        if (flags.json) context.terminal.out(`${JSON.stringify(result)}\n`);
        else {
          for (const [name, metric] of Object.entries(result.metrics?.metrics ?? {})) {
            const text =
              metric.value === null
                ? `undefined: ${metric.reason}`
                : `${metric.value.toFixed(4)}  [${metric.low.toFixed(4)}, ${metric.high.toFixed(4)}]`;
            context.terminal.out(`${name.padEnd(24)} ${text}\n`);
          }
          if (result.metrics) context.terminal.out(`report: ${result.out}/report.html\n`);
        }
      } finally {
        progress.done();
      }
    });
  withCommonOptions(command, [
    'blemish evaluate blemish-ccd --data simulated --bootstrap 1000 --out evaluation',
  ]);
}
