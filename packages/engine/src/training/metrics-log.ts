import { appendFile, readFile } from 'node:fs/promises';
import { writeWhole } from './checkpoint.ts';

/** One line of `metrics.jsonl`. */
export type LogEntry = Readonly<Record<string, number | string>> & { readonly step: number };

/** Metrics as JSON lines, which can be followed while training runs. */
export class MetricsLog {
  readonly #path: string | null;

  constructor(path: string | null) {
    this.#path = path;
  }

  /** Drops what was logged after `step`, since a resumed training writes it again. */
  async rewindTo(step: number): Promise<void> {
    if (this.#path === null) return;
    const text = step === 0 ? '' : await readFile(this.#path, 'utf8').catch(() => '');
    const kept = text.split('\n').filter((line) => {
      // A line cut off when the process died is dropped too.
      try {
        return (JSON.parse(line) as LogEntry).step <= step;
      } catch {
        return false;
      }
    });
    await writeWhole(this.#path, new TextEncoder().encode(kept.map((line) => `${line}\n`).join('')));
  }

  async append(entry: LogEntry): Promise<void> {
    if (this.#path !== null) await appendFile(this.#path, `${JSON.stringify(entry)}\n`);
  }
}
