import { SurveyError } from '../errors.ts';
import type { EvaluationMetrics } from '../report/types.ts';

export interface EvaluationProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export interface EvaluateOptions {
  /** Folder of simulated exposures with truth, or a dataset. */
  readonly data: string;
  /** Bootstrap samples. */
  readonly bootstrap?: number | undefined;
  readonly out?: string | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: EvaluationProgress) => void) | undefined;
}

export interface EvaluateResult {
  readonly out: string;
  readonly interrupted: boolean;
  readonly metrics: EvaluationMetrics;
}

/** @throws SurveyError NOT_AVAILABLE */
export function evaluateModel(modelPath: string, _options: EvaluateOptions): Promise<EvaluateResult> {
  return Promise.reject(new SurveyError('NOT_AVAILABLE', 'evaluation is not there yet', { path: modelPath }));
}
