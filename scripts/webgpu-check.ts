// npx tsx scripts/webgpu-check.ts [--steps 10] [--batch 8] [--devices webgpu,cpu] [--recipe recipes/blemish-ccd.toml] [--limit 240]
//
// Trains the network of a recipe on random input on each device, each in a process of its own with a time limit, and prints one JSON
// document: milliseconds per step, and how far the losses are apart. Exit code 1 where a device failed or they differ by over 1e-3.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileTraining } from '../packages/engine/src/index.ts';
import type { Device } from '../packages/engine/src/index.ts';
import { readRecipeFor } from '../packages/survey/src/recipe.ts';
import { ccdTraining } from '../packages/survey/src/training/train-network.ts';

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '10' },
    batch: { type: 'string', default: '8' },
    classes: { type: 'string', default: '16' },
    devices: { type: 'string', default: 'webgpu,cpu' },
    recipe: {
      type: 'string',
      default: fileURLToPath(new URL('../recipes/blemish-ccd.toml', import.meta.url)),
    },
    limit: { type: 'string', default: '240' },
    threads: { type: 'string', default: String(availableParallelism()) },
    child: { type: 'string' },
  },
});

interface Step {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly milliseconds: number;
}

/** Largest difference of losses that float32 sums in another order can explain over a few steps. */
const tolerance = 1e-3;

if (flags.child === undefined) await compareDevices();
else await trainOn(flags.child as Device);

/** One line of JSON for each step. */
async function trainOn(device: Device): Promise<void> {
  const batch = Number(flags.batch);
  const { recipe } = await readRecipeFor(flags.recipe, 'ccd');
  const training = ccdTraining(recipe, Number(flags.classes));
  const started = performance.now();
  const session = compileTraining(training.network, { ...training, device, threads: Number(flags.threads) });
  const declared = Object.entries({ ...training.network.inputs, ...training.targets });
  const feeds = Object.fromEntries(
    declared.map(([name, [, ...sample]]) => {
      const count = sample.reduce<number>((product, extent) => product * Number(extent), batch);
      return [name, random(count, name)];
    }),
  );
  for (let k = 0; k < Number(flags.steps); k++) {
    const before = performance.now();
    const { loss, gradientNorm } = await session.step(feeds);
    const step: Step = { loss, gradientNorm, milliseconds: performance.now() - before };
    console.log(JSON.stringify(step));
  }
  const before = performance.now();
  await session.sync();
  const weights = Object.values(session.weights({ averaged: true }));
  const sum = weights.reduce((total, { data }) => data.reduce((part, w) => part + Math.abs(w), total), 0);
  console.log(
    JSON.stringify({
      syncMs: performance.now() - before,
      weights: sum,
      totalMs: performance.now() - started,
    }),
  );
  await session.close();
}

/** Images around 0; labels, weights and cells 0 or 1, rarely 1 where they are targets. */
function random(count: number, name: string): Float32Array {
  let state = name.length * 2654435761;
  const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4294967296;
  const share = { labels: 0.2, labelWeights: 0.9, cells: 0.05, cellWeights: 0.9, cellEmphasis: 0.5 }[name];
  return Float32Array.from({ length: count }, () =>
    share === undefined ? 2 * next() - 1 : next() < share ? 1 : 0,
  );
}

interface Outcome {
  readonly steps: Step[];
  readonly end: { readonly syncMs: number; readonly weights: number; readonly totalMs: number } | null;
  readonly error: string | null;
}

async function compareDevices(): Promise<void> {
  const devices = flags.devices.split(',');
  const outcomes: Record<string, Outcome> = {};
  for (const device of devices) outcomes[device] = await runChild(device);
  const report = Object.fromEntries(
    Object.entries(outcomes).map(([device, { steps, end, error }]) => {
      const later = steps.slice(2).map(({ milliseconds }) => milliseconds);
      const sorted = later.sort((a, b) => a - b);
      return [
        device,
        {
          error,
          stepMs: sorted[sorted.length >> 1] ?? null,
          fastestMs: sorted[0] ?? null,
          firstStepMs: steps[0]?.milliseconds ?? null,
          losses: steps.map(({ loss }) => loss),
          ...end,
        },
      ];
    }),
  );
  const losses = Object.values(report).map((device) => device.losses);
  const compared = Math.min(...losses.map((list) => list.length));
  const apart = Math.max(
    0,
    ...losses.flatMap((list) =>
      list.slice(0, compared).map((loss, k) => Math.abs(loss - losses[0][k]) / Math.abs(losses[0][k])),
    ),
  );
  const failed = Object.values(report).some(({ error }) => error !== null);
  console.log(
    JSON.stringify(
      {
        batch: Number(flags.batch),
        threads: Number(flags.threads),
        card: cardName(),
        compared,
        largestRelativeDifference: apart,
        devices: report,
      },
      null,
      1,
    ),
  );
  process.exitCode = failed || compared === 0 || !(apart <= tolerance) ? 1 : 0;
}

/** Runs this script for one device; what it printed counts also where it failed or ran out of time. */
function runChild(device: string): Promise<Outcome> {
  const args = Object.entries({ ...flags, child: device }).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => {
    errors = (errors + data.toString()).slice(-4000);
    process.stderr.write(data);
  });
  let timedOut = false;
  const timer = setTimeout(
    () => {
      timedOut = true;
      child.kill('SIGKILL');
    },
    Number(flags.limit) * 1000,
  );
  return new Promise((resolve) => {
    child.on('close', (code) => {
      clearTimeout(timer);
      const lines = output.split('\n').flatMap((line) => {
        try {
          return [JSON.parse(line) as Step | NonNullable<Outcome['end']>];
        } catch {
          return [];
        }
      });
      const steps = lines.filter((line) => 'loss' in line);
      const end = lines.find((line) => 'syncMs' in line) ?? null;
      const failure = timedOut ? `stopped after ${flags.limit} s` : `exit code ${code}: ${errors}`;
      resolve({ steps, end, error: code === 0 ? null : failure });
    });
  });
}

/** What the driver says of the card, where it can be asked; the WebGPU provider does not tell. */
function cardName(): string {
  const asked = spawnSync('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (asked.status === 0) return asked.stdout.trim();
  const folder = '/usr/share/vulkan/icd.d';
  try {
    return `unknown; Vulkan drivers: ${process.env['VK_DRIVER_FILES'] ?? readdirSync(folder).join(', ')}`;
  } catch {
    return 'unknown; no Vulkan driver installed';
  }
}
