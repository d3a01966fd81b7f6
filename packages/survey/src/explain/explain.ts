import { openBundle } from '../bundle.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import { explainCcds } from './explain-ccds.ts';
import { explainByHeat } from './explain-heat.ts';
import { explainByNeighbours } from './explain-neighbours.ts';
import type { ExplainOptions, ExplainSummary } from './types.ts';

/**
 * Says of each stamp or CCD where the network's answer comes from: pictures, an array of heat, a table and a page. Interrupted, it keeps what is
 * done.
 * @throws SurveyError MODEL_…, EXPLAIN_…, STAMP_SET_INVALID, NO_STAMPS, OPTION_INVALID, OUTPUT_EXISTS, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function explain(options: ExplainOptions): Promise<ExplainSummary> {
  const { method = 'gradcam' } = options;
  const bundle = await openBundle(options.model, 'stamp', 'encoder', 'ccd');
  if (bundle.description.task === 'ccd') return explainCcds(bundle as Bundle<'ccd'>, method, options);
  if (method === 'neighbours') {
    if (options.againstTruth)
      throw new SurveyError('OPTION_INVALID', 'neighbours give no heat to measure against truth');
    return explainByNeighbours(bundle as Bundle<'stamp' | 'encoder'>, options);
  }
  return explainByHeat(bundle as Bundle<'stamp' | 'encoder'>, method, options);
}
