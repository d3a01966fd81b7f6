import type { TableEvaluation } from '@blemish/survey';

/** Where a command writes: results on `out`, everything else on `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Is `err` a terminal on which a line can be written over? */
  readonly interactive: boolean;
  readonly columns: number;
}

export function processTerminal(): Terminal {
  // Whoever reads the output may have seen enough (`| head`).
  process.stdout.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY ?? false,
    columns: process.stderr.columns ?? 80,
  };
}

/** Seconds a line waits on something that is not a terminal. */
const plainInterval = 10;

/**
 * Progress of a command: one line written over on a terminal; elsewhere a plain line every ten seconds and whenever another tenth is done.
 */
export class ProgressLine {
  readonly #terminal: Terminal;
  #shown = false;
  #last = -Infinity;
  #tenths = -1;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param fraction 0…1; `secondsLeft` null where nothing is known yet */
  update(text: string, fraction: number, secondsLeft: number | null): void {
    const now = performance.now() / 1000;
    const left = secondsLeft === null || fraction >= 1 ? '' : `, ${duration(secondsLeft)} left`;
    const line = `${text}${left}`;
    if (this.#terminal.interactive) {
      if (now - this.#last < 0.1 && fraction < 1) return;
      this.#terminal.err(`\r\u001b[2K${line.slice(0, this.#terminal.columns - 1)}`);
      this.#shown = true;
    } else {
      const tenths = Math.floor(fraction * 10);
      if (tenths === this.#tenths && now - this.#last < plainInterval) return;
      this.#tenths = tenths;
      this.#terminal.err(`${line}\n`);
    }
    this.#last = now;
  }

  /** A message of its own, above the progress line. */
  note(text: string): void {
    this.done();
    this.#terminal.err(`${text}\n`);
  }

  /** Leaves the line. */
  done(): void {
    if (this.#shown) this.#terminal.err('\r\u001b[2K');
    this.#shown = false;
  }
}

/** `0.9123  [0.8901, 0.9304]`, or why there is no figure. */
export function figureText(interval: TableEvaluation['metrics'][string]): string {
  return interval.value === null
    ? `undefined: ${interval.reason}`
    : `${interval.value.toFixed(4)}  [${interval.low.toFixed(4)}, ${interval.high.toFixed(4)}]`;
}

/** `42 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes} min ${s % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Time left of a phase, from its own start: a new phase begins where the total changes or the count falls back. */
export class PhaseClock {
  #total = -1;
  #first = 0;
  #last = 0;
  #start = 0;

  secondsLeft(done: number, total: number): number | null {
    const now = performance.now() / 1000;
    if (total !== this.#total || done < this.#last) {
      this.#total = total;
      this.#first = done;
      this.#start = now;
    }
    this.#last = done;
    const fresh = done - this.#first;
    return fresh > 0 ? ((now - this.#start) / fresh) * (total - done) : null;
  }
}
