import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const trivial = fileURLToPath(new URL('./blemish-trivial.mjs', import.meta.url));
const shipped = fileURLToPath(new URL('../../../../bin/blemish.mjs', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The shipped command instead of the one with the trivial analyser. */
  readonly shipped?: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called once when `stderr` first matches. */
  readonly when?: { readonly stderr: RegExp; readonly act: (child: ChildProcess) => void };
}

/** Runs `blemish` as a subprocess. */
export function blemish(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [options.shipped ? shipped : trivial, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  });
  let stdout = '';
  let stderr = '';
  let acted = false;
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
    if (options.when && !acted && options.when.stderr.test(stderr)) {
      acted = true;
      options.when.act(child);
    }
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}
