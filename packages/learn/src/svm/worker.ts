import { serve, workerSettings } from '@blemish/engine/workers';
import { trainPair } from './train-pair.ts';
import type { PairResult, PairSettings, PairTask } from './train-pair.ts';

// A thread of fitting a support vector machine: one machine at a time.
const settings = workerSettings<PairSettings>();
serve<PairTask, PairResult>((task) => trainPair(settings, task));
