import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { SurveyError } from '../errors.ts';
import type { EvaluationReportData } from '../report/types.ts';
import { interval } from './interval.ts';

/** What of another evaluation's `metrics.json` stands beside this one's. */
const measured = z.object({
  model: z.object({
    name: z.string(),
    version: z.string(),
    sha256: z.string(),
    reported: z.string().nullable(),
    dataSha256: z.string().nullable(),
  }),
  n: z.number(),
  metrics: z.record(z.string(), interval),
});

/**
 * Figures of other models, from the folders that `evaluate` left.
 * @throws SurveyError INPUT_NOT_FOUND; DATASET_INVALID for a folder of something else, and for figures on other data.
 */
export function readBeside(
  folders: readonly string[],
  dataSha256: string,
): Promise<NonNullable<EvaluationReportData['beside']>> {
  return Promise.all(
    folders.map(async (folder) => {
      const path = join(folder, 'metrics.json');
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        throw new SurveyError('INPUT_NOT_FOUND', 'no evaluation lies there', { path, cause });
      });
      let other: z.infer<typeof measured>;
      try {
        other = measured.parse(JSON.parse(text));
      } catch (cause) {
        throw new SurveyError('DATASET_INVALID', 'not the figures of a model for CCDs; evaluate it again', {
          path,
          cause,
        });
      }
      if (other.model.dataSha256 === dataSha256) return other;
      throw new SurveyError('DATASET_INVALID', `${other.model.name} was measured on other CCDs`, { path });
    }),
  );
}
