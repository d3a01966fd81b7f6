import { decodeTypedSafetensors, encodeSafetensors } from '@blemish/engine';
import type { TypedArray } from '@blemish/engine';
import { loadPipeline, loadStack } from '@blemish/learn';
import type { FittedClassifier, SavedParts } from '@blemish/learn';
import { openBundle } from '../bundle.ts';
import { tableTasks } from '../table-recipe.ts';
import type { TableTask } from '../table-recipe.ts';
import type { Bundle } from '../bundle.ts';
import { SurveyError } from '../errors.ts';
import type { ValidationRows } from './decision.ts';

/** A model for tables, ready to use. */
export interface TableModel {
  readonly bundle: Bundle<TableTask>;
  readonly pipeline: FittedClassifier;
  /** Null with more than two classes. */
  readonly validation: ValidationRows | null;
}

const scoresName = 'validation/scores';
const labelsName = 'validation/labels';
const groupsName = 'validation/groups';
const pipelinePrefix = 'pipeline/';

/** The arrays of a model: those of its pipeline, and the validation rows from which a threshold can be chosen later. */
export function encodeTableModel(
  pipeline: FittedClassifier,
  validation: ValidationRows | null,
): { readonly pipeline: Omit<SavedParts, 'arrays'>; readonly bytes: Uint8Array } {
  const { arrays, ...parts } = pipeline.save();
  const all = new Map<string, TypedArray>(
    Object.entries(arrays).map(([name, array]) => [`${pipelinePrefix}${name}`, array]),
  );
  if (validation !== null) {
    const { scores, labels, groups } = validation;
    all.set(scoresName, { shape: [scores.length], data: scores });
    all.set(labelsName, { shape: [labels.length], data: labels });
    if (groups !== null) all.set(groupsName, { shape: [groups.length], data: groups });
  }
  return { pipeline: parts, bytes: encodeSafetensors(all, { format: 'blemish-table' }) };
}

/** Opens a model for tables. @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_TASK */
export async function openTableModel(pathOrName: string): Promise<TableModel> {
  return loadTableModel(await openBundle(pathOrName, ...tableTasks));
}

/** @throws SurveyError MODEL_INVALID */
export async function loadTableModel(bundle: Bundle<TableTask>): Promise<TableModel> {
  try {
    const all = decodeTypedSafetensors(bundle.network);
    const arrays = Object.fromEntries(
      [...all].flatMap(([name, array]) =>
        name.startsWith(pipelinePrefix) ? [[name.slice(pipelinePrefix.length), array] as const] : [],
      ),
    );
    const parts = { ...bundle.description.pipeline, arrays };
    const pipeline = await (parts.kind === 'stack' ? loadStack(parts) : loadPipeline(parts));
    return { bundle, pipeline, validation: validationOf(all) };
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: bundle.folder, cause });
  }
}

function validationOf(all: ReadonlyMap<string, TypedArray>): ValidationRows | null {
  const scores = all.get(scoresName)?.data;
  const labels = all.get(labelsName)?.data;
  const groups = all.get(groupsName)?.data;
  if (!(scores instanceof Float64Array) || !(labels instanceof Int32Array)) return null;
  return { scores, labels, groups: groups instanceof Int32Array ? groups : null };
}
