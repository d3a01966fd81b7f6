/** How far a training is. */
export interface TrainingProgress {
  readonly done: number;
  readonly total: number;
  /** What is going on, with the losses where there are some. */
  readonly message: string;
}
