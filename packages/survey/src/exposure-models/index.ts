export type {
  CcdInput,
  CcdJudgement,
  ExposureJudgement,
  ExposureModel,
  LabelledNeighbour,
} from './exposure-model.ts';
