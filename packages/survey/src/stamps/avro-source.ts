import { open } from 'node:fs/promises';
import {
  AlertProblem,
  AvroCursor,
  ByteWindow,
  readAvro,
  readAvroBlocks,
  wantedFields,
} from '../alerts/index.ts';
import type { AvroBlock, AvroValue } from '../alerts/index.ts';
import type { StampInput } from '../bundle-description.ts';
import { channelNames, stampOf } from './alert-stamp.ts';
import type { ReadStamp, StampReadOptions, StampStream, StreamBlock } from './types.ts';

/**
 * Alerts of an Avro file, one packet or many, also of several files put together. A packet that cannot be decoded is one stamp with its reason;
 * those behind it in the same block have no boundaries that could be found and are named with it.
 * @throws SurveyError OPTION_INVALID; system errors
 */
export async function openAvroAlerts(
  path: string,
  input: StampInput,
  options: StampReadOptions,
): Promise<StampStream> {
  const choices = channelNames(input, options);
  const sample = input.channels * input.height * input.width;
  const wanted = wantedFields(choices.flat());
  const file = await open(path, 'r');
  const { size } = await file.stat();
  const window = new ByteWindow(file, size);
  const decode = (block: AvroBlock) => decodeBlock(block, (type, cursor) => readAvro(type, cursor, wanted));
  return {
    path,
    async *blocks(most): AsyncGenerator<StreamBlock> {
      let waiting: ReadStamp[] = [];
      // Used again for every block: whoever reads it has used the stamps up when the next is asked for.
      const memory: Float64Array[] = [];
      if (size === 0) waiting.push(damaged(0, 'is empty'));
      for await (const block of readAvroBlocks(window)) {
        for (const alert of 'problem' in block ? [block] : decode(block)) {
          if ('problem' in alert) waiting.push(damaged(alert.offset, alert.problem));
          else {
            const into = (memory[waiting.length] ??= new Float64Array(sample));
            waiting.push(await stampOf(alert.value, choices, input, options, into));
          }
          if (waiting.length < most) continue;
          yield { stamps: waiting, fraction: window.offset / size };
          waiting = [];
        }
      }
      yield { stamps: waiting, fraction: 1 };
    },
    close: () => file.close(),
  };
}

function* decodeBlock(
  { schema, count, data, offset }: AvroBlock,
  read: (type: AvroBlock['schema'], cursor: AvroCursor) => AvroValue,
): Generator<{ readonly value: AvroValue } | { readonly offset: number; readonly problem: string }> {
  const cursor = new AvroCursor(data);
  for (let k = 0; k < count; k++) {
    const before = cursor.at;
    try {
      const value = read(schema, cursor);
      if (cursor.at === before) throw new AlertProblem('the packets are empty');
      yield { value };
    } catch (error) {
      if (!(error instanceof AlertProblem)) throw error;
      const lost =
        count - k === 1 ? '' : ` (packet ${k + 1} of ${count} in this block, the rest of which is lost)`;
      yield { offset, problem: `${error.message}${lost}` };
      return;
    }
  }
}

function damaged(offset: number, problem: string): ReadStamp {
  return { values: null, facts: null, reason: `damaged at byte ${offset}: ${problem}`, damage: true };
}
