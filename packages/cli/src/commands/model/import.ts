import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import {
  importModel,
  outputKinds,
  stampLayouts,
  stampPreprocessNames,
  stampPreprocessings,
} from '@blemish/survey';
import type { OutputKind, StampLayout, StampPreprocessName } from '@blemish/survey';
import { choice, parseInteger, splitList, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

interface ImportFlags extends CommonOptions {
  readonly out: string;
  readonly preprocess: StampPreprocessName;
  readonly architecture?: string;
  readonly mapping?: string;
  readonly name?: string;
  readonly modelVersion?: string;
  readonly classes?: string[];
  readonly output?: OutputKind;
  readonly means?: number;
  readonly outputName?: string;
  readonly shape?: readonly [number, number, number];
  readonly layout?: StampLayout;
  readonly channels?: string[];
  readonly trainedOn?: string;
  readonly force?: boolean;
}

export function addModelImport(group: Command, context: CommandContext): void {
  const formulas = Object.entries(stampPreprocessings).map(
    ([name, { description }]) => `  ${name}: ${description}`,
  );
  const command = group
    .command('import')
    .description(
      "Make a bundle of another program's network for stamps: ONNX, Keras HDF5, or a PyTorch state saved as safetensors.",
    )
    .argument('<weights>', 'model.onnx, weights.h5 or weights.safetensors')
    .requiredOption('--out <dir>', 'bundle to write')
    .addOption(
      choice(
        '--preprocess <name>',
        'what is done to a stamp first',
        stampPreprocessNames,
      ).makeOptionMandatory(),
    )
    .option('--architecture <json>', 'Keras: what model.to_json() gives')
    .option('--mapping <toml>', 'safetensors: the architecture and which tensor is which')
    .option('--name <name>', "the model's name (default: the network's or the file's)")
    .option('--model-version <version>', "the model's version", '1')
    .option('--classes <list>', 'names with commas: one, or one for each output', (text: string) =>
      text.split(',').map((name) => name.trim()),
    )
    .addOption(
      choice('--output <kind>', 'what the numbers are, where the last layer does not say it', outputKinds),
    )
    .option(
      '--means <n>',
      'embeddings: how many of the numbers, from the first, are means, the others being log variances (default: what the mapping says, else all)',
      parseInteger(1, 1_000_000),
    )
    .option('--output-name <name>', 'ONNX: which of several outputs')
    .option('--shape <c,h,w>', 'ONNX: extents that the model leaves open', parseShape)
    .addOption(choice('--layout <order>', "ONNX: order of the input's axes", stampLayouts))
    .option(
      '--channels <list>',
      "fields of alerts that are the network's channels, in order, with commas (default: cutoutScience,cutoutTemplate,cutoutDifference)",
      splitList,
    )
    .option('--trained-on <text>', 'one sentence about the training data, for reports')
    .option('--force', 'replace a bundle that is there')
    .addHelpText('after', `\nPreprocessings:\n${formulas.join('\n')}`)
    .action(async (weights: string, { json, seed: _seed, ...flags }: ImportFlags) => {
      const { folder, sha256, description } = await importModel({ weights, ...flags });
      if (json) {
        context.terminal.out(`${JSON.stringify({ folder, sha256, ...description })}\n`);
        return;
      }
      const { channels, height, width } = description.input;
      const answer =
        description.task === 'stamp'
          ? `probabilities of ${description.classes.join(', ')}`
          : `${description.dimensions} numbers`;
      context.terminal.out(
        `${description.name}: ${width} × ${height} pixels, ${channels} channel${channels === 1 ? '' : 's'} → ${answer}\n` +
          `bundle: ${folder}\n`,
      );
    });
  withCommonOptions(command, [
    'blemish model import braai.h5 --architecture braai.json --preprocess l2-rows --classes real --out models/braai',
    'blemish model import encoder.safetensors --mapping encoder.toml --preprocess min-max --out models/encoder',
    'blemish model import network.onnx --preprocess none --output logit --classes star,galaxy,artifact --out models/net',
  ]);
}

function parseShape(text: string): readonly [number, number, number] {
  const extents = text.split(',').map(Number);
  if (extents.length !== 3 || !extents.every((extent) => Number.isInteger(extent) && extent > 0))
    throw new InvalidArgumentError('It must be channels,height,width, as in 3,63,63.');
  return [extents[0], extents[1], extents[2]];
}
