import type { Command } from 'commander';
import { defaultModel, openBundle, stampPreprocessings } from '@blemish/survey';
import type { BundleDescription, EncoderDescription } from '@blemish/survey';
import { withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

export function addModelShow(group: Command, context: CommandContext): void {
  const show = group
    .command('show')
    .description('Show one bundle: task, input, classes, preprocessing, figures, where it comes from.')
    .argument('[model]', 'bundle folder, run, or name of a shipped model', defaultModel)
    .action(async (name: string, flags: CommonOptions) => {
      const { description, sha256, folder } = await openBundle(name);
      if (flags.json) {
        context.terminal.out(`${JSON.stringify({ folder, sha256, ...description })}\n`);
        return;
      }
      const { version, trainedOn, created, task } = description;
      const lines: readonly (readonly [string, string])[] = [
        ['folder', folder],
        ['sha256', sha256],
        ['task', task],
        ['trained on', trainedOn],
        ...details(description),
      ];
      const rows = lines.map(([key, value]) => `${key.padEnd(11)} ${value}\n`);
      context.terminal.out(`${description.name} ${version}, ${created}\n${rows.join('')}`);
    });
  withCommonOptions(show, ['blemish model show blemish-ccd']);
}

function details(description: BundleDescription): readonly (readonly [string, string])[] {
  if (description.task === 'ccd') {
    return [['classes', description.classes.join(', ')], ...figuresOf(description.validationMetrics)];
  }
  if (description.task === 'ccd-image') {
    const { classes, learner, input, preprocess, provenance, validationMetrics } = description;
    return [
      ['classes', classes.join(', ')],
      ['learner', learner],
      ['input', `${input.width} × ${input.height} bins of ${preprocess.bin} pixels a side`],
      ['recipe', provenance.recipe],
      ...figuresOf(validationMetrics),
    ];
  }
  if ('pipeline' in description) {
    const { classes, learner, columns, validation, validationMetrics, provenance } = description;
    return [
      ['classes', classes.join(', ')],
      ['learner', learner],
      ['features', columns.features.join(', ')],
      ['recipe', provenance.recipe],
      ['measured on', validation],
      ...figuresOf(validationMetrics),
    ];
  }
  if (description.task === 'segmentation') {
    const { input, validation, validationMetrics, provenance } = description;
    return [
      ['input', `pictures of ${input.size} × ${input.size} pixels, tiles of ${input.tile}`],
      ['recipe', provenance.recipe],
      ['measured on', validation],
      ...figuresOf(validationMetrics),
    ];
  }
  if (description.task === 'exposure') {
    const { categories, members, encoder, measuredOn, validationMetrics, provenance } = description;
    return [
      ['categories', categories.join(', ')],
      ...members.map(({ name, weight }) => ['head', `${name}, weight ${weight.toPrecision(3)}`] as const),
      ['encoder', encoder === null ? 'none' : encoder.description.name],
      ['recipe', provenance.recipe],
      ['measured on', measuredOn],
      ...figuresOf(validationMetrics),
    ];
  }
  const { input, preprocess, provenance } = description;
  const { channels, height, width } = input;
  return [
    ['input', `${width} × ${height} pixels, ${channels} channel${channels === 1 ? '' : 's'}`],
    ['preprocess', `${preprocess.name}: ${stampPreprocessings[preprocess.name].description}`],
    description.task === 'stamp'
      ? (['classes', description.classes.join(', ')] as const)
      : (['dimensions', dimensionsOf(description)] as const),
    provenance.kind === 'import'
      ? ['from', provenance.sources.map((source) => source.name).join(', ')]
      : ['recipe', provenance.recipe],
    ...('validationMetrics' in description ? figuresOf(description.validationMetrics) : []),
  ];
}

function dimensionsOf({ dimensions, means = dimensions }: EncoderDescription): string {
  return means === dimensions ? String(dimensions) : `${dimensions}, the first ${means} of them means`;
}

function figuresOf(
  figures: Readonly<Record<string, number | null>> = {},
): readonly (readonly [string, string])[] {
  return Object.entries(figures).map(([key, value]) => [key, String(value ?? 'undefined')] as const);
}
