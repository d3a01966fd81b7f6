import { serve } from '@blemish/engine/workers';
import { planSequence, writeSequence } from '@blemish/sky';
import type { SequenceOptions, WrittenSequence } from '@blemish/sky';

/** A thread of `simulate sequences`: makes and writes one object at a time. */
export interface SequenceTask {
  readonly options: SequenceOptions;
  readonly out: string;
}

serve<SequenceTask, WrittenSequence>(({ options, out }) => writeSequence(planSequence(options), out));
