import { cosine, selfDistillation } from '@blemish/engine';
import type { NetworkDefinition, Schedule, TrainingOptions } from '@blemish/engine';
import { selfDistilledVit, transformerSizes } from '@blemish/learn';
import type { TransformerOptions } from '@blemish/learn';
import { SurveyError } from '../errors.ts';
import type { SelfDistillationRecipe } from '../self-distillation-recipe.ts';
import type { ViewSet } from './view-set.ts';

/** What a recipe makes of views of one size. */
export interface ViewNetwork {
  readonly transformer: TransformerOptions & { readonly dim: number };
  readonly network: NetworkDefinition<string, 'student' | 'teacher'>;
  /** Side of the large crops. */
  readonly largeSize: number;
}

/** @throws SurveyError VIEWS_REFUSED where views and crops do not divide into patches, or are smaller than the crops */
export function viewNetwork(recipe: SelfDistillationRecipe, { size, path }: ViewSet): ViewNetwork {
  const { size: name, head, ...own } = recipe.model;
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const transformer = { ...transformerSizes[name], ...given, size };
  const { crops, training } = recipe;
  const { large_size: largeSize = size, small, small_size: smallSize } = crops;
  for (const side of [size, largeSize, ...(small > 0 ? [smallSize] : [])]) {
    if (side <= size && side % transformer.patch === 0) continue;
    throw new SurveyError(
      'VIEWS_REFUSED',
      `views of ${size} pixels, crops of ${side}: they must be at most that and multiples of the patch, ${transformer.patch}`,
      { path },
    );
  }
  try {
    const network = selfDistilledVit({
      transformer,
      head,
      large: { count: crops.large, size: largeSize },
      small: { count: small, size: smallSize },
      centerMomentum: training.center_momentum,
    });
    return { transformer, network, largeSize };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new SurveyError('RECIPE_INVALID', `model: ${cause.message}`, { cause });
  }
}

/** As DINOv2's. */
const sinkhornRounds = 3;

/** Everything that changes from step to step, and the loss. */
export interface ViewTraining {
  readonly options: TrainingOptions<'student' | 'teacher', 'temperature'>;
  readonly schedule: Schedule;
  readonly decaySchedule: Schedule;
  readonly temperature: Schedule;
}

export function viewTraining(recipe: SelfDistillationRecipe, stepsPerEpoch: number): ViewTraining {
  const { training } = recipe;
  const totalSteps = stepsPerEpoch * training.epochs;
  const [cold, warm] = training.teacher_temperature;
  const warming = Math.max(1, training.teacher_warm_up * totalSteps);
  const mostDecay = Math.max(training.weight_decay, training.final_weight_decay);
  /** Along half a cosine from one number to another. */
  const between = (from: number, to: number): Schedule => {
    const falling = cosine({ totalSteps });
    return (step) => to + (from - to) * falling(step);
  };
  const decay = between(training.weight_decay, training.final_weight_decay);
  return {
    options: {
      targets: { temperature: ['N', 1, 1] },
      loss(b, { student, teacher }, { temperature }) {
        const temperatures = {
          studentTemperature: training.student_temperature,
          teacherTemperature: temperature,
          sinkhorn: training.centering === 'sinkhorn' ? sinkhornRounds : 0,
        };
        const { loss, entropy, spread } = selfDistillation(b, { student, teacher }, temperatures);
        return { loss, parts: { entropy, spread, kl: b.sub(loss, entropy) } };
      },
      optimizer: { kind: 'adamw', learningRate: training.learning_rate, weightDecay: mostDecay },
      groups: [
        {
          parameters: 'head.last_layer.*',
          frozenSteps: Math.round(training.freeze_last * stepsPerEpoch),
        },
      ],
      gradientClip: training.clip_norm,
      averageDecay: between(training.momentum, 1),
    },
    schedule: cosine({
      totalSteps,
      warmupSteps: Math.floor(training.warm_up * totalSteps),
      final: training.final_rate,
    }),
    decaySchedule: (step) => (mostDecay > 0 ? decay(step) / mostDecay : 0),
    temperature: (step) => cold + (warm - cold) * Math.min(1, step / warming),
  };
}
