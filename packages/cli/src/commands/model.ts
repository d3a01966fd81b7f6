import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import Table from 'cli-table3';
import { defaultModel, openBundle, shippedModels } from '@blemish/survey';
import { withCommonOptions } from '../context.ts';
import type { CommandContext, CommonOptions } from '../context.ts';

export function addModel(program: Command, context: CommandContext): void {
  const group = program.command('model').description('Model bundles.');
  const list = group
    .command('list')
    .description('List the models that ship with this version.')
    .action(async (flags: CommonOptions) => {
      const models = [];
      for (const name of await shippedNames()) {
        const { description, sha256, folder } = await openBundle(name);
        const { version, classes, trainedOn } = description;
        models.push({
          name,
          version,
          sha256,
          classes: classes.length,
          trainedOn,
          folder,
          default: name === defaultModel,
        });
      }
      if (flags.json) {
        context.terminal.out(`${JSON.stringify({ models })}\n`);
        return;
      }
      const table = new Table({
        head: ['model', 'version', 'classes', 'trained on'],
        style: { head: [], border: [] },
      });
      for (const model of models) table.push([model.name, model.version, model.classes, model.trainedOn]);
      context.terminal.out(models.length === 0 ? 'no model is shipped\n' : `${table.toString()}\n`);
    });
  withCommonOptions(list, ['blemish model list']);
  const show = group
    .command('show')
    .description('Show one bundle: classes, preprocessing, calibration, figures, where it comes from.')
    .argument('[model]', 'bundle folder, run, or name of a shipped model', defaultModel)
    .action(async (name: string, flags: CommonOptions) => {
      const { description, sha256, folder } = await openBundle(name);
      if (flags.json) {
        context.terminal.out(`${JSON.stringify({ folder, sha256, ...description })}\n`);
        return;
      }
      const { version, trainedOn, classes, created, validationMetrics } = description;
      const lines = [
        `${description.name} ${version}, ${created}`,
        `folder      ${folder}`,
        `sha256      ${sha256}`,
        `trained on  ${trainedOn}`,
        `classes     ${classes.join(', ')}`,
        ...Object.entries(validationMetrics).map(
          ([key, value]) => `${key.padEnd(11)} ${value ?? 'undefined'}`,
        ),
      ];
      context.terminal.out(`${lines.join('\n')}\n`);
    });
  withCommonOptions(show, ['blemish model show blemish-ccd']);
}

async function shippedNames(): Promise<string[]> {
  try {
    const entries = await readdir(shippedModels, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.endsWith('.partial'))
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
