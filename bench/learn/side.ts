// This side of `bench learn`, a process of its own for each work so that its memory is its own: reads {"step": "fit", "repeats": n} lines,
// answers {"ms": [...]}; {"finish": true} gives the accuracy and the peak of its resident memory in MB.
import { createInterface } from 'node:readline';
import { readTable } from './table-data.ts';
import type { TableSize } from './table-data.ts';
import { works } from './works.ts';
import type { Step } from './works.ts';

const [name, threads, size, folder] = process.argv.slice(2);
const work = works.find((known) => known.name === name)!;
const running = await work.start(await readTable(folder, JSON.parse(size) as TableSize), Number(threads));
await running.fit?.();
await running.predict?.();
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { step?: Step; repeats: number };
  if (request.step === undefined) {
    const accuracy = (await running.accuracy?.()) ?? null;
    process.stdout.write(`${JSON.stringify({ accuracy, peak: process.resourceUsage().maxRSS / 1000 })}\n`);
    continue;
  }
  const ms: number[] = [];
  for (let i = 0; i < request.repeats; i++) {
    const start = performance.now();
    await running[request.step]?.();
    ms.push(performance.now() - start);
  }
  process.stdout.write(`${JSON.stringify({ ms })}\n`);
}
