import type { BundleDescription } from '../bundle-description.ts';
import { version } from '../version.ts';
import type { ExplainOptions } from './types.ts';

/** What is said of a model. */
interface ExplainedBundle {
  readonly folder: string;
  readonly sha256: string;
  readonly description: Pick<BundleDescription, 'name' | 'trainedOn'>;
}

/** Names and values of the last section of the page. */
export function provenanceOf(
  { folder, sha256, description }: ExplainedBundle,
  modelVersion: string,
  { command, inputs }: ExplainOptions,
): readonly (readonly [string, string])[] {
  return [
    ...(command === undefined ? [] : [['Command', command] as const]),
    ['Model', `${description.name} ${modelVersion}, ${folder}, SHA-256 ${sha256}`],
    ['Trained on', description.trainedOn],
    ['Inputs', inputs.join(', ')],
    ['Blemish', version],
    ['Node', process.versions.node],
  ];
}
