import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

export interface MeasuredProcess {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** Wall time from start to exit, start-up included. */
  readonly seconds: number;
  /** Peak of the resident memory of the process and all it started, MB (10⁶ bytes); null where there is no /proc. */
  readonly peakMb: number | null;
}

const pollMs = 50;

/** Runs a command to its end. The peak is the larger of the polled sum over the tree and any one process's own high-water mark. */
export async function measureProcess(command: string, args: readonly string[]): Promise<MeasuredProcess> {
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let peak = 0;
  const poll = setInterval(() => {
    if (child.pid !== undefined) peak = Math.max(peak, treeMemory(child.pid));
  }, pollMs);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code) => {
        resolve(code ?? 1);
      });
    });
    return {
      stdout: Buffer.concat(out).toString(),
      stderr: Buffer.concat(err).toString(),
      exitCode,
      seconds: (performance.now() - start) / 1000,
      peakMb: peak > 0 ? peak / 1e6 : null,
    };
  } finally {
    clearInterval(poll);
  }
}

/** Bytes; 0 where /proc cannot be read. */
function treeMemory(root: number): number {
  let now = 0;
  let highest = 0;
  const left = [root];
  for (let pid = left.pop(); pid !== undefined; pid = left.pop()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      now += field(status, 'VmRSS');
      highest = Math.max(highest, field(status, 'VmHWM'));
      // A child hangs on the thread that started it.
      for (const thread of readdirSync(`/proc/${pid}/task`)) {
        const children = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim();
        if (children !== '') left.push(...children.split(' ').map(Number));
      }
    } catch {
      // Gone between two reads, or no /proc here.
    }
  }
  return Math.max(now, highest);
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}
