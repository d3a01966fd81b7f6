import { AlertProblem, factsOf, fieldOf, knownChannels, readCutout, schemaVersion } from '../alerts/index.ts';
import type { AvroValue } from '../alerts/index.ts';
import type { StampInput } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { placePlane } from './fit.ts';
import type { ReadStamp, StampReadOptions } from './types.ts';

/**
 * Names of the channels that alerts may have for this model, the likeliest first: those asked for, those the model's description names, else
 * the names that are known.
 * @throws SurveyError OPTION_INVALID where they are not as many as the model's channels
 */
export function channelNames(
  input: StampInput,
  { channels }: StampReadOptions,
): readonly (readonly string[])[] {
  const choices =
    channels !== undefined ? [channels] : input.names !== undefined ? [input.names] : knownChannels;
  if (choices[0].length === input.channels) return choices;
  const takes = `the model takes ${input.channels} channel${input.channels === 1 ? '' : 's'}`;
  throw new SurveyError(
    'OPTION_INVALID',
    channels === undefined
      ? `${takes}: say which fields of an alert they are, as in --channels cutoutDifference`
      : `--channels names ${channels.length}, ${takes}`,
  );
}

/** The stamp of a decoded alert: never throws for what is wrong with it, that is its reason. */
export async function stampOf(
  alert: AvroValue,
  choices: readonly (readonly string[])[],
  input: StampInput,
  { fit }: StampReadOptions,
): Promise<ReadStamp> {
  const facts = factsOf(alert);
  const names = choices.find((each) => each.some((name) => fieldOf(alert, name) !== undefined));
  if (names === undefined) {
    const version = schemaVersion(alert);
    const which = version === null ? 'no schema version' : `schema version ${version}`;
    return { values: null, facts, reason: `no field ${choices[0].join(', ')} (${which}); see --channels` };
  }
  const area = input.width * input.height;
  const values = new Float64Array(input.channels * area);
  for (const [channel, name] of names.entries()) {
    const packed = bytesOf(fieldOf(alert, name));
    if (packed === null) return { values: null, facts, reason: `${name} is missing` };
    try {
      placePlane(await readCutout(packed), input, fit, values.subarray(channel * area, (channel + 1) * area));
    } catch (error) {
      if (!(error instanceof AlertProblem)) throw error;
      return { values: null, facts, reason: `${name} ${error.message}` };
    }
  }
  return { values, facts, reason: null };
}

/** Bytes of a cut-out: the field itself (PGIR, WINTER, Rubin) or its `stampData` (ZTF). */
function bytesOf(field: AvroValue | undefined): Uint8Array | null {
  if (field instanceof Uint8Array) return field.length === 0 ? null : field;
  const inner = fieldOf(field, 'stampData');
  return inner instanceof Uint8Array && inner.length > 0 ? inner : null;
}
