import { parentPort, workerData } from 'node:worker_threads';
import type { Transferable } from 'node:worker_threads';
import type { Reply } from './pool.ts';

/** What the pool was given as `settings`. */
export function workerSettings<Settings>(): Settings {
  return (workerData as { settings: Settings }).settings;
}

/** Answers the pool's tasks with `work`; `transfer` lists the buffers of a result to be moved instead of copied. */
export function serve<Task, Result>(
  work: (task: Task) => Promise<Result> | Result,
  transfer: (result: Result) => readonly Transferable[] = () => [],
): void {
  const port = parentPort;
  if (port === null) throw new Error('serve() is for worker threads: start them through WorkerPool');
  port.on('message', (task: Task) => {
    void answer(task).then(({ reply, moved }) => port.postMessage(reply, moved));
  });

  async function answer(task: Task): Promise<{ reply: Reply<Result>; moved: readonly Transferable[] }> {
    try {
      const result = await work(task);
      return { reply: { ok: true, result }, moved: transfer(result) };
    } catch (error) {
      return { reply: { ok: false, error }, moved: [] };
    }
  }
}
