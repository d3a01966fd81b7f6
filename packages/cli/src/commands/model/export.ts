import type { Command } from 'commander';
import { exportModel } from '@blemish/survey';
import { withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

interface ExportFlags extends CommonOptions {
  readonly out: string;
}

export function addModelExport(group: Command, context: CommandContext): void {
  const command = group
    .command('export')
    .description("Write a bundle's network as plain ONNX: opset 17, standard operators only.")
    .argument('<model>', 'bundle folder, run, or name of a shipped model')
    .requiredOption('--out <file>', 'file to write, .onnx')
    .action(async (model: string, flags: ExportFlags) => {
      const summary = await exportModel(model, flags.out);
      if (flags.json) {
        context.terminal.out(`${JSON.stringify(summary)}\n`);
        return;
      }
      const tensors = (list: typeof summary.inputs) =>
        list
          .map(({ name, shape }) => `${name} [${shape.map((n) => (n < 0 ? 'N' : n)).join(', ')}]`)
          .join(', ');
      context.terminal.out(
        `${summary.out}: ${tensors(summary.inputs)} → ${tensors(summary.outputs)}, ${summary.bytes} bytes\n`,
      );
    });
  withCommonOptions(command, ['blemish model export blemish-ccd --out blemish-ccd.onnx']);
}
