import { files } from '#files';
import type { WeightArray, Weights } from '../network.ts';
import { formatShape, sameShape } from '../shape.ts';
import { TrainingError } from './options.ts';
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts';
import type { TrainingSession } from './training-session.ts';

/** Where training stood; everything but the arrays that exact resuming needs. */
export interface Position {
  readonly steps: number;
  /** The epoch to go on with, from 0, and how many of its batches are done. */
  readonly epoch: number;
  readonly batch: number;
  /** Sums of losses over those batches. */
  readonly sums: Readonly<Record<string, number>>;
  readonly best: { readonly epoch: number; readonly value: number } | null;
}

/** Saves weights as safetensors; `metadata` goes into the header. */
export async function saveWeights(
  path: string,
  weights: Weights,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await files.writeWhole(path, encodeSafetensors(new Map(Object.entries(weights)), metadata));
}

/** Reads weights saved by {@link saveWeights}. Throws TrainingError CHECKPOINT_UNREADABLE. */
export async function loadWeights(
  path: string,
): Promise<{ weights: Weights; metadata: Readonly<Record<string, string>> }> {
  const { arrays, metadata } = await read(path);
  return { weights: Object.fromEntries(arrays), metadata };
}

export async function saveCheckpoint(
  path: string,
  session: TrainingSession,
  position: Position,
): Promise<void> {
  const metadata = { position: JSON.stringify(position), optimizer: session.optimizer.kind };
  await files.writeWhole(path, encodeSafetensors(session.arrays(), metadata));
}

/** Puts a checkpoint's arrays into the session. Throws TrainingError naming the optimizer and every array that differs. */
export async function restoreCheckpoint(path: string, session: TrainingSession): Promise<Position> {
  const { arrays, metadata } = await read(path);
  const expected = session.arrays();
  const problems: string[] = [];
  const { optimizer = session.optimizer.kind } = metadata;
  if (optimizer !== session.optimizer.kind) {
    problems.push(
      `it was made with optimizer "${optimizer}", this training takes "${session.optimizer.kind}"`,
    );
  }
  for (const [name, { shape }] of expected) {
    const found = arrays.get(name);
    if (!found) problems.push(`${name} ${formatShape(shape)} is missing`);
    else if (!sameShape(found.shape, shape)) {
      problems.push(`${name} is ${formatShape(found.shape)}, the network has ${formatShape(shape)}`);
    }
  }
  for (const name of arrays.keys()) if (!expected.has(name)) problems.push(`${name} is not in the network`);
  if (problems.length > 0 || metadata.position === undefined) {
    const listed = problems.slice(0, 8).join('; ') || 'it holds weights only, no training state';
    throw new TrainingError(
      'CHECKPOINT_MISMATCH',
      `checkpoint ${path} is of another training: ${listed}${problems.length > 8 ? '; …' : ''}. ` +
        'Train into another folder or take the architecture and optimizer it was made with.',
    );
  }
  for (const [name, { data }] of expected) data.set(arrays.get(name)!.data);
  const position = JSON.parse(metadata.position) as Position;
  session.restore(position.steps);
  return position;
}

async function read(
  path: string,
): Promise<{ arrays: Map<string, WeightArray>; metadata: Readonly<Record<string, string>> }> {
  try {
    return decodeSafetensors(await files.read(path));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TrainingError(
      'CHECKPOINT_UNREADABLE',
      `cannot read ${path}: ${reason}; remove it or restore a copy`,
      {
        cause,
      },
    );
  }
}
