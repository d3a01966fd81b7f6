import { SurveyError } from '../errors.ts';

/** How far a training is. */
export interface TrainingProgress {
  readonly done: number;
  readonly total: number;
  /** What is going on, with the losses where there are some. */
  readonly message: string;
}

export interface TrainOptions {
  readonly data?: string | undefined;
  readonly out?: string | undefined;
  readonly resume?: boolean | undefined;
  readonly device?: 'cpu' | 'webgpu' | undefined;
  readonly seed?: number | undefined;
  readonly onProgress?: ((progress: TrainingProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainResult {
  readonly out: string;
  readonly interrupted: boolean;
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** @throws SurveyError NOT_AVAILABLE */
export function trainFromRecipe(recipePath: string, _options: TrainOptions): Promise<TrainResult> {
  return Promise.reject(new SurveyError('NOT_AVAILABLE', 'training is not there yet', { path: recipePath }));
}
