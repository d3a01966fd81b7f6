import type { Bundle } from '../bundle.ts';
import { version } from '../version.ts';
import type { ExplainOptions } from './types.ts';

/** Names and values of the last section of the page. */
export function provenanceOf(
  { folder, sha256, description }: Bundle<'stamp' | 'encoder'>,
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
