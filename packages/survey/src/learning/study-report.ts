import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../outputs/partial-file.ts';
import type { RecipeFile } from '../recipe.ts';
import { renderStudyReport } from '../report/study-report.ts';
import type { TableRecipe } from '../table-recipe.ts';
import { experimentProvenance } from './comparison-report.ts';
import type { TableStudy } from './study.ts';

export interface StudyOutput {
  readonly study: TableStudy;
  readonly files: readonly RecipeFile<TableRecipe>[];
  readonly command: string | undefined;
}

/** Writes `study.json` and `report.html`. @throws SurveyError OUTPUT_UNWRITABLE, DISK_FULL */
export async function writeStudy(out: string, { study, files, command }: StudyOutput): Promise<void> {
  const { interrupted, ...printed } = study;
  await mkdir(out, { recursive: true });
  await writeWhole(join(out, 'study.json'), `${JSON.stringify(printed, null, 1)}\n`);
  const page = renderStudyReport({
    study,
    generatedAt: new Date().toISOString(),
    provenance: experimentProvenance(files, study.files, command ?? `blemish study ${study.kind}`),
    interrupted,
  });
  await writeWhole(join(out, 'report.html'), page);
}
