import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { SurveyError, defaultModel, openBundle, shippedModels } from '@blemish/survey';
import { exitCodes, withCommonOptions } from '../../context.ts';
import type { CommandContext, CommonOptions } from '../../context.ts';

export function addModelList(group: Command, context: CommandContext): void {
  const list = group
    .command('list')
    .description('List models: those that ship with this version, or the bundles in a folder.')
    .argument('[folder]', 'folder that holds bundles; the shipped models where absent')
    .action(async (folder: string | undefined, flags: CommonOptions) => {
      const models = [];
      const failed = [];
      for (const path of await bundlesIn(folder ?? shippedModels)) {
        try {
          const { description, sha256, folder: place } = await openBundle(path);
          const { name, version, task, trainedOn } = description;
          const classes = 'classes' in description ? description.classes.length : 0;
          const isDefault = folder === undefined && name === defaultModel;
          models.push({ name, version, task, sha256, classes, trainedOn, folder: place, default: isDefault });
        } catch (error) {
          if (!(error instanceof SurveyError)) throw error;
          failed.push({ path, code: error.code, error: error.message });
          context.terminal.err(`failed: ${error.message}\n`);
        }
      }
      if (failed.length > 0)
        context.exitCode = models.length > 0 ? exitCodes.someFailed : exitCodes.nothingDone;
      if (flags.json) {
        context.terminal.out(`${JSON.stringify({ models, failed })}\n`);
        return;
      }
      const table = new Table({
        head: ['model', 'version', 'task', 'classes', 'trained on'],
        style: { head: [], border: [] },
      });
      for (const { name, version, task, classes, trainedOn } of models)
        table.push([name, version, task, classes, trainedOn]);
      context.terminal.out(models.length === 0 ? 'no model there\n' : `${table.toString()}\n`);
    });
  withCommonOptions(list, ['blemish model list', 'blemish model list my-models/']);
}

async function bundlesIn(folder: string): Promise<string[]> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new SurveyError('INPUT_NOT_FOUND', 'cannot be read as a folder', { path: folder, cause });
  }
  const paths = entries
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith('.partial'))
    .map(({ name }) => join(resolve(folder), name))
    .sort();
  const contents = await Promise.all(paths.map((path) => readdir(path)));
  // A run stands for the bundle in it.
  return paths.filter((_, k) => contents[k].includes('model.json') || contents[k].includes('bundle'));
}
