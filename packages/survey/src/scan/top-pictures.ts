import { TopList } from '../report/index.ts';
import type { FileRecord } from './records.ts';

/** Pictures in one report: the most probable ones; more would make a file nobody can forward. */
const mostPictures = 60;

/** A picture of a flagged image, in the scan's working folder. */
export interface Picture {
  readonly path: string;
  readonly outputName: string;
  readonly hdu: number;
}

/** The pictures a report shows, chosen while images come in any order: the others need not stay on disk. */
export class TopPictures {
  readonly #list = new TopList<Picture>(mostPictures);

  /** @param place of the file among the inputs: decides where probabilities are equal. @returns pictures that will not be shown */
  offer({ path, outputName, images }: FileRecord, place: number): Picture[] {
    return images.flatMap(({ hdu, probability, hasPreview }) => {
      if (!hasPreview) return [];
      return this.#list.offer({ path, outputName, hdu }, probability ?? 0, -place, -hdu) ?? [];
    });
  }

  get pictures(): Picture[] {
    return this.#list.items;
  }
}
