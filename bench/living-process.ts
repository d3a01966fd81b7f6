import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A command that answers each line of JSON with one, alive until closed. */
export class LivingProcess {
  readonly #command: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  /** What it ended with: a signal, or its exit code. */
  readonly #ended: Promise<string>;
  #errors = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#command = [command, ...args].join(' ');
    this.#child = spawn(command, args, { stdio: 'pipe', env });
    this.#child.on('error', (error) => (this.#errors += error.message));
    this.#child.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  ask<Answer>(request: unknown): Promise<Answer> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    return this.answer<Answer>();
  }

  /** The next line. @throws Error with what the process said on stderr where it ended instead. */
  async answer<Answer>(): Promise<Answer> {
    const line = await this.#lines.next();
    if (line.done) {
      throw new Error(`${this.#command} ended with ${await this.#ended}: ${this.#errors.trim()}`);
    }
    return JSON.parse(line.value) as Answer;
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
