import { files } from '#files';

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
    const known = step > 0 && files.exists(this.#path);
    const text = known ? new TextDecoder().decode(await files.read(this.#path)) : '';
    const kept = text.split('\n').filter((line) => {
      // A line cut off when the process died is dropped too.
      try {
        return (JSON.parse(line) as LogEntry).step <= step;
      } catch {
        return false;
      }
    });
    await files.writeWhole(this.#path, new TextEncoder().encode(kept.map((line) => `${line}\n`).join('')));
  }

  async append(entry: LogEntry): Promise<void> {
    if (this.#path !== null) await files.append(this.#path, `${JSON.stringify(entry)}\n`);
  }
}
