import type { Command } from 'commander';
import { addDatasetCheck } from './dataset/check.ts';
import { addDatasetConsensus } from './dataset/consensus.ts';
import { addDatasetExport } from './dataset/export.ts';
import { addDatasetGrow } from './dataset/grow.ts';
import { addDatasetImport } from './dataset/import.ts';
import { addDatasetInfo } from './dataset/info.ts';
import { addDatasetSplit } from './dataset/split.ts';
import { addDatasetSuspects } from './dataset/suspects.ts';
import { addDatasetViews } from './dataset/views.ts';
import type { CommandContext } from '../context.ts';

export function addDataset(program: Command, context: CommandContext): void {
  const group = program
    .command('dataset')
    .description('Tables and labels to learn from: formats, what is in them, splits, leaks, wrong labels.');
  for (const add of [
    addDatasetImport,
    addDatasetExport,
    addDatasetGrow,
    addDatasetInfo,
    addDatasetSplit,
    addDatasetCheck,
    addDatasetSuspects,
    addDatasetConsensus,
    addDatasetViews,
  ])
    add(group, context);
}
