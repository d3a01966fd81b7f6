// This side of `bench engine`, a process of its own for each work so that its memory is its own: reads {"repeats": n} lines, answers
// {"ms": [...]}; {"peak": true} gives the peak of its resident memory in MB.
import { createInterface } from 'node:readline';
import { startWork } from './works.ts';

const [name, threads, size] = process.argv.slice(2);
const running = await startWork(name, Number(threads), JSON.parse(size ?? '{}') as object);
for (let i = 0; i < 3; i++) await running.once();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { repeats?: number };
  if (request.repeats === undefined) {
    process.stdout.write(`${JSON.stringify({ peak: process.resourceUsage().maxRSS / 1000 })}\n`);
    continue;
  }
  const ms: number[] = [];
  for (let i = 0; i < request.repeats; i++) {
    const start = performance.now();
    await running.once();
    ms.push(performance.now() - start);
  }
  process.stdout.write(`${JSON.stringify({ ms })}\n`);
}
await running.close();
