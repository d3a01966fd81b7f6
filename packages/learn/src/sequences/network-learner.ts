import type { Weights } from '@blemish/engine';
import type * as z from 'zod';
import { contrast, softmaxRows } from '../bayes/posterior.ts';
import { checkInput, checkTraining } from '../check-training.ts';
import type { FitContext, Learner, LearnerName, Model, TrainingData } from '../learner.ts';
import type { Matrix } from '../matrix.ts';
import { savedNumbers, savedSettings } from '../saved.ts';
import { loadMembers, savedMembers } from '../saved-weights.ts';
import type { SequenceTrainingOptions } from './network-options.ts';
import { frameScale } from './padded-batch.ts';
import type { FrameScale } from './padded-batch.ts';
import { openSequenceNetworks } from './run-networks.ts';
import type { SequenceNetwork } from './run-networks.ts';
import { requireSequences } from './require-sequences.ts';
import { trainSequenceNetwork } from './train-network.ts';

/** What every such model is beside its arrays. */
export interface NetworkSettings extends Readonly<Record<string, unknown>> {
  /** F, numbers of a frame. */
  readonly features: number;
  /** C, columns beside the frames. */
  readonly columns: number;
  readonly classes: number;
  readonly members: number;
  readonly longest: number;
  readonly stride: number;
}

/** What tells one learner of networks over frames from another. */
export interface NetworkKind<Options extends SequenceTrainingOptions, Settings extends NetworkSettings> {
  readonly name: LearnerName;
  readonly title: string;
  readonly options: z.ZodType<Options>;
  readonly settings: z.ZodType<Settings>;
  /** Does it look at the columns of a row, or refuse them? */
  readonly readsColumns: boolean;
  /** Has the network an output `attention`? */
  readonly weighsFrames: boolean;
  choose(common: NetworkSettings, options: Options): Settings;
  network(settings: Settings, scale: FrameScale): SequenceNetwork;
}

const version = 1;

/** A learner of networks over frames: the members are trained one after the other from seeds of their own. */
export function networkLearner<Options extends SequenceTrainingOptions, Settings extends NetworkSettings>(
  kind: NetworkKind<Options, Settings>,
): Learner<Options> {
  const { name } = kind;
  return {
    name,
    title: kind.title,
    options: kind.options,
    missing: 'refused',
    scaleSensitive: kind.readsColumns,
    async fit(data, options, context) {
      checkTraining(data, 'refused');
      checkColumns(kind, data);
      const { x, classes } = data;
      const all = requireSequences(x, `'${name}'`);
      const { features } = all;
      const { members, longest, stride } = options;
      const settings = kind.choose(
        { features, columns: x.columns, classes, members, longest, stride },
        options,
      );
      const scale = options.scaleFrames ? frameScale(all) : unscaled(features);
      const network = kind.network(settings, scale);
      const weights: Weights[] = [];
      for (let k = 0; k < members; k++) {
        weights.push(await trainSequenceNetwork(network, data, options, memberContext(context, k, members)));
      }
      return model(kind, settings, scale, weights);
    },
    load(parts) {
      const settings = savedSettings(parts, name, version, kind.settings);
      const scale = {
        center: savedNumbers(parts, 'center', settings.features),
        scale: savedNumbers(parts, 'scale', settings.features),
      };
      return model(kind, settings, scale, loadMembers(parts, settings.members));
    },
  };
}

/** A member's own seed, spread so that neighboring seeds share no member. */
function memberContext(
  { seed, signal, onProgress, watch }: FitContext,
  member: number,
  members: number,
): FitContext {
  return {
    seed: (seed + Math.imul(member, 0x9e3779b9)) >>> 0,
    ...(signal && { signal }),
    ...(onProgress && {
      onProgress: (done: number, total: number) => onProgress(member * total + done, members * total),
    }),
    // Of several members the first is looked at.
    ...(watch && member === 0 && { watch }),
  };
}

/** Frames as they are. */
export function unscaled(features: number): FrameScale {
  return { center: new Float64Array(features), scale: new Float64Array(features).fill(1) };
}

function checkColumns(
  { name, readsColumns }: { readonly name: string; readonly readsColumns: boolean },
  { x }: TrainingData,
): void {
  if (readsColumns || x.columns === 0) return;
  throw new RangeError(
    `'${name}' reads frames alone and was given ${x.columns} columns: choose no features for it`,
  );
}

async function model<Settings extends NetworkSettings>(
  kind: Pick<NetworkKind<never, Settings>, 'name' | 'network' | 'weighsFrames'>,
  settings: Settings,
  scale: FrameScale,
  members: readonly Weights[],
): Promise<Model> {
  const { name } = kind;
  const { features, columns, classes } = settings;
  const running = await openSequenceNetworks(kind.network(settings, scale), members);
  const logits = async (x: Matrix, names?: readonly string[]): Promise<Matrix> => {
    checkInput(x, columns, 'refused', names);
    requireSequences(x, `'${name}'`, features);
    return running.logits(x);
  };
  return {
    kind: name,
    columns,
    classes,
    predictProba: async (x, names) => softmaxRows(await logits(x, names)),
    decisionFunction: async (x, names) => contrast(await logits(x, names)),
    ...(kind.weighsFrames && { frameShares: (x: Matrix) => running.attention(x) }),
    save: () => ({
      kind: name,
      version,
      settings: { ...settings },
      arrays: {
        center: { shape: [features], data: scale.center },
        scale: { shape: [features], data: scale.scale },
        ...savedMembers(members),
      },
    }),
    close: () => running.close(),
  };
}
