import { AlertProblem, factsOf, fieldOf, knownChannels, readCell, schemaVersion } from '../alerts/index.ts';
import type { AvroValue, Plane } from '../alerts/index.ts';
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

/**
 * The stamp of a decoded alert: never throws for what is wrong with it, that is its reason.
 * @param into becomes the stamp, where memory is at hand: new memory for each costs as much as to unpack it
 */
export async function stampOf(
  alert: AvroValue,
  choices: readonly (readonly string[])[],
  input: StampInput,
  { fit }: StampReadOptions,
  into?: Float64Array,
): Promise<ReadStamp> {
  const facts = factsOf(alert);
  const names = choices.find((each) => each.some((name) => fieldOf(alert, name) !== undefined));
  if (names === undefined) {
    const version = schemaVersion(alert);
    const which = version === null ? 'no schema version' : `schema version ${version}`;
    return { values: null, facts, reason: `no field ${choices[0].join(', ')} (${which}); see --channels` };
  }
  const area = input.width * input.height;
  const values = into ?? new Float64Array(input.channels * area);
  for (const [channel, name] of names.entries()) {
    const cell = pixelsField(fieldOf(alert, name));
    if (cell === null) return { values: null, facts, reason: `${name} is missing` };
    try {
      placePlane(
        await readPlane(cell, input),
        input,
        fit,
        values.subarray(channel * area, (channel + 1) * area),
      );
    } catch (error) {
      if (!(error instanceof AlertProblem)) throw error;
      return { values: null, facts, reason: `${name} ${error.message}` };
    }
  }
  return { values, facts, reason: null };
}

/** A cut-out: the field itself (PGIR, WINTER, Rubin) or its `stampData` (ZTF). */
function pixelsField(field: AvroValue | undefined): unknown {
  const inner = fieldOf(field, 'stampData') ?? field ?? null;
  return inner instanceof Uint8Array && inner.length === 0 ? null : inner;
}

/** One channel; numbers without a shape are the model's size, or a square. @throws AlertProblem */
async function readPlane(cell: unknown, input: StampInput): Promise<Plane> {
  const { shape, data } = await readCell(cell, input.width * input.height);
  if (shape?.length === 2) return { height: shape[0], width: shape[1], data };
  if (shape !== null) throw new AlertProblem(`holds an array [${shape.join(', ')}], not a plane`);
  if (data.length === input.width * input.height) return { height: input.height, width: input.width, data };
  const side = Math.sqrt(data.length);
  if (!Number.isInteger(side)) throw new AlertProblem(`holds ${data.length} numbers, which are no square`);
  return { height: side, width: side, data };
}
