import type { Command } from 'commander';
import { addModelExport } from './model/export.ts';
import { addModelImport } from './model/import.ts';
import { addModelList } from './model/list.ts';
import { addModelShow } from './model/show.ts';
import type { CommandContext } from '../context.ts';

export function addModel(program: Command, context: CommandContext): void {
  const group = program.command('model').description('Model bundles.');
  for (const add of [addModelList, addModelShow, addModelImport, addModelExport]) add(group, context);
}
