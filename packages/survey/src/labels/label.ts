import { blemishCcd } from '../taxonomy.ts';
import type { MarkedShape } from './shapes.ts';

/** Where a label lies: a shape, or the image as a whole. */
export type LabelShape = MarkedShape | { readonly kind: 'image' };

/**
 * One label: a class of artifact, or that there is none, on an image, given by somebody. Every format is read into this and written from
 * it. Coordinates are 0-based FITS pixels of the CCD: (0, 0) is the centre of the first pixel of the first row stored, y counts rows in
 * the order of the file. ds9 counts the same from 1.
 */
export interface Label {
  /** The image's file, as the labels name it; '' where exposure and CCD say which image it is. */
  readonly image: string;
  /** Exposure name or number; '' where not known. */
  readonly exposure: string;
  /** EXTNAME (`N4`) or number of the CCD; '' where the file holds one image. */
  readonly ccd: string;
  readonly band: string;
  /** As in the taxonomy; `noArtifact`, `Other` or `Awesome`; or what stood in the file where it is none of them. */
  readonly className: string;
  readonly shape: LabelShape;
  /** Says: what the pipeline masked as this class here is none (a negative code of the Exposure Checker). */
  readonly wrongMask: boolean;
  /** Who gave it; '' where not known. */
  readonly annotator: string;
  /** When, as in the file; '' where not known. */
  readonly time: string;
  /** Free words of the annotator. */
  readonly note: string;
  readonly origin: LabelOrigin;
}

/** Where a label was first read. */
export interface LabelOrigin {
  /** Path as given. */
  readonly file: string;
  /** Row of a table from 1, without the header; entry of a list from 1; line of a region file; `qaid` of a database. */
  readonly row: number;
}

/** Where a label was first read, in words. */
export function placeOf({ origin: { file, row } }: Label): string {
  return `${file} row ${row}`;
}

/** What a reader of one format gives. */
export interface ReadLabels {
  readonly labels: readonly Label[];
  /** What was left out or looks odd, one sentence each. */
  readonly notes: readonly string[];
}

/** The class of a label that says the image is good: code 0 of the Exposure Checker. */
export const noArtifact = 'No artifact';

/** Classes that labels can have: those of the taxonomy, none, and the open ones of the Exposure Checker. */
export const labelClasses: readonly string[] = [
  noArtifact,
  ...blemishCcd.map(({ name }) => name),
  'Other',
  'Awesome',
];

/** Files name the class of a label in their own way: that name, or code, to a class. Keys in lower case. */
export type ClassNames = ReadonlyMap<string, string>;

const byLowerCase = new Map(labelClasses.map((name) => [name.toLowerCase(), name]));

/** The class that a file's word stands for: by `names` (see ClassNames), else the known class of that spelling, whatever its case; else the word. */
export function classOf(word: string, names: ClassNames): string {
  const key = word.trim().toLowerCase();
  return names.get(key) ?? byLowerCase.get(key) ?? word.trim();
}
