import { serve } from '@blemish/engine/workers';

/** Doubles a number; the thread dies of −1. */
serve<number, number>((task) => {
  if (task === -1) process.exit(7);
  return 2 * task;
});
