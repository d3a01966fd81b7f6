import type { ScanProgress } from './options.ts';

/** Counts what is done and estimates what is left: images of files not opened yet are taken as the mean of those opened. */
export class ProgressCounter {
  readonly #files: number;
  readonly #start = performance.now();
  #filesOpened = 0;
  #filesDone = 0;
  #imagesSeen = 0;
  #imagesDone = 0;
  #imagesBefore = 0;
  #flagged = 0;
  #failed = 0;

  constructor(files: number) {
    this.#files = files;
  }

  /** A file that an earlier run had finished. */
  before(images: number, flagged: number): void {
    this.#filesOpened++;
    this.#filesDone++;
    this.#imagesSeen += images;
    this.#imagesDone += images;
    this.#imagesBefore += images;
    this.#flagged += flagged;
  }

  opened(images: number): void {
    this.#filesOpened++;
    this.#imagesSeen += images;
  }

  image(flagged: boolean): void {
    this.#imagesDone++;
    if (flagged) this.#flagged++;
  }

  failed(): void {
    this.#failed++;
  }

  file(): void {
    this.#filesDone++;
  }

  get(): ScanProgress {
    const seconds = (performance.now() - this.#start) / 1000;
    const mean = this.#filesOpened === 0 ? 1 : this.#imagesSeen / this.#filesOpened;
    const images = Math.round(this.#imagesSeen + mean * (this.#files - this.#filesOpened));
    const fresh = this.#imagesDone - this.#imagesBefore;
    const left = Math.max(images - this.#imagesDone - this.#failed, 0);
    return {
      filesDone: this.#filesDone,
      files: this.#files,
      imagesDone: this.#imagesDone,
      images,
      flagged: this.#flagged,
      failed: this.#failed,
      seconds,
      secondsLeft: fresh === 0 ? null : (seconds / fresh) * left,
    };
  }
}
