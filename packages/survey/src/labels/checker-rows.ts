import { decamPlaces } from '@blemish/sky';
import { SurveyError } from '../errors.ts';
import { checkerCodes, checkerNames, classOfCode, codeOfClass } from './checker-codes.ts';
import { classOf, noArtifact } from './label.ts';
import type { ClassNames, Label, LabelShape, ReadLabels } from './label.ts';
import { defaultFlip, fromRendering, rendering, toRendering } from './rendering.ts';
import type { Flip } from './rendering.ts';
import { shapeCentre } from './shape-numbers.ts';
import type { Point } from './shapes.ts';

/** How positions stand in an export: in pixels of the rendering, as the database has them, or 4 times that, as the DES checker's API gives them. */
export const checkerPositions = ['rendering', 'pixels'] as const;
export type CheckerPositions = (typeof checkerPositions)[number];

export interface CheckerOptions {
  /** Names and codes of the file to classes; goes before the checker's own. */
  readonly names?: ClassNames;
  readonly flip?: Flip;
  /** Default: what the form of the file says; see `readCheckerRows`. */
  readonly positions?: CheckerPositions | undefined;
}

/** One report as an export has it, and its place there. */
export interface CheckerRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly row: number;
}

/** Names of one field in the DES checker's database and API and in Rubin's. */
const aliases = {
  exposure: ['expname', 'visit', 'exposure'],
  ccd: ['ccd', 'detector'],
  band: ['band'],
  image: ['name'],
  annotator: ['username', 'userid', 'uid'],
  time: ['timestamp'],
  note: ['detail'],
} as const;

/**
 * Labels of Exposure Checker reports. `problem` is a code, negative where an existing mask is wrong, or a name, then with `false_positive`
 * or a minus sign before it. Where `false_positive` stands, the file is an answer of the DES checker's API, which has multiplied positions
 * by 4 already but not swapped them; anything else has them as the database does. Reports without a position, and good images, are labels
 * of the whole image.
 * @throws SurveyError LABELS_INVALID naming the row: no problem, an unknown code, a position that is no number, or half of one
 */
export function readCheckerRows(
  records: readonly CheckerRecord[],
  path: string,
  { names = new Map(), flip = defaultFlip, positions }: CheckerOptions = {},
): ReadLabels {
  const words = new Map([...checkerNames, ...names]);
  const outside: number[] = [];
  const labels = records.map(({ fields, row }): Label => {
    const field = (of: keyof typeof aliases) => textOf(first(fields, aliases[of]));
    const { className, wrongMask } = readProblem(fields, row, path, names, words);
    const scaled = (positions ?? ('false_positive' in fields ? 'pixels' : 'rendering')) === 'pixels';
    const stored = className === noArtifact ? null : readPosition(fields, row, path);
    const place: Point | null =
      stored === null ? null : scaled ? [stored[0] / rendering.factor, stored[1] / rendering.factor] : stored;
    if (place !== null && !onRendering(place)) outside.push(row);
    return {
      image: field('image'),
      exposure: field('exposure'),
      ccd: field('ccd'),
      band: field('band'),
      className,
      shape: place === null ? { kind: 'image' } : pointAt(fromRendering(place, flip)),
      wrongMask,
      annotator: field('annotator'),
      time: field('time'),
      note: field('note'),
      origin: { file: path, row },
    };
  });
  const { width, height } = rendering;
  const notes =
    outside.length === 0
      ? []
      : [
          `${path}: ${outside.length} positions lie outside the ${width} × ${height} rendering (first: row ${outside[0]}); if they were multiplied by 4 already, say so with --positions pixels`,
        ];
  return { labels, notes };
}

function readProblem(
  fields: CheckerRecord['fields'],
  row: number,
  path: string,
  names: ClassNames,
  words: ClassNames,
): { readonly className: string; readonly wrongMask: boolean } {
  const text = textOf(fields['problem']).trim();
  if (text === '') throw new SurveyError('LABELS_INVALID', `row ${row}: no 'problem'`, { path });
  const falsePositive = /^(?:true|1)$/i.test(textOf(fields['false_positive']));
  const negative = text.startsWith('-');
  const wrongMask = negative || falsePositive;
  const body = negative ? text.slice(1) : text;
  if (!/^\d+(?:\.0*)?$/.test(body)) return { className: classOf(body, words), wrongMask };
  const code = Number(body);
  const className = classOfCode(code, names);
  if (className === undefined) {
    const known = [...checkerCodes.keys()].join(', ');
    throw new SurveyError(
      'LABELS_INVALID',
      `row ${row}: unknown problem code ${text} (known are ${known}); give its class, as in --class '${code}=Other'`,
      { path },
    );
  }
  return { className, wrongMask };
}

/** The position stored; null where there is none. */
function readPosition(fields: CheckerRecord['fields'], row: number, path: string): Point | null {
  const [x, y] = ['x', 'y'].map((name) => {
    const text = textOf(fields[name]).trim();
    if (text === '') return null;
    const value = Number(text);
    if (Number.isFinite(value)) return value;
    throw new SurveyError('LABELS_INVALID', `row ${row}: ${name} '${text}' is not a number`, { path });
  });
  if (x === null && y === null) return null;
  if (x === null || y === null)
    throw new SurveyError('LABELS_INVALID', `row ${row}: ${x === null ? 'y without x' : 'x without y'}`, {
      path,
    });
  return [x, y];
}

function onRendering([u, v]: Point): boolean {
  return u >= 0 && v >= 0 && u < rendering.width && v < rendering.height;
}

function pointAt([x, y]: Point): LabelShape {
  return { kind: 'point', x, y };
}

function first(fields: CheckerRecord['fields'], names: readonly string[]): unknown {
  return names.map((name) => fields[name]).find((value) => value !== undefined && value !== null);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** A report of the Exposure Checker, tables `files` and `qa` joined. */
export interface CheckerReport {
  readonly qaid: number;
  readonly fileid: number;
  readonly expname: string;
  readonly ccd: number | string;
  readonly band: string;
  readonly name: string;
  readonly userid: string;
  /** Negative: an existing mask is wrong. */
  readonly problem: number;
  readonly className: string;
  /** Pixels of the rendering; null for the whole image. */
  readonly x: number | null;
  readonly y: number | null;
  readonly detail: string;
  readonly timestamp: string;
}

/**
 * Labels as reports. The checker keeps one pixel a report: of other shapes the centre is left, and positions are those of pixels of
 * the rendering (4 × 4 CCD pixels).
 * @returns the reports, and notes on what they cannot hold: labels of classes without a code are left out
 */
export function checkerReports(
  labels: readonly Label[],
  { names = new Map(), flip = defaultFlip }: CheckerOptions = {},
): { readonly reports: readonly CheckerReport[]; readonly notes: readonly string[] } {
  const files = new Map<string, number>();
  const reports: CheckerReport[] = [];
  const uncoded = new Map<string, number>();
  let shapes = 0;
  for (const label of labels) {
    const code = codeOfClass(label.className, names);
    if (code === undefined) {
      uncoded.set(label.className, (uncoded.get(label.className) ?? 0) + 1);
      continue;
    }
    const key = JSON.stringify([label.exposure, label.ccd, label.image]);
    const fileid = files.get(key) ?? files.size + 1;
    files.set(key, fileid);
    if (label.shape.kind !== 'point' && label.shape.kind !== 'image') shapes++;
    const centre = shapeCentre(label.shape);
    const place = centre === null ? null : toRendering(centre, flip);
    reports.push({
      qaid: reports.length + 1,
      fileid,
      expname: label.exposure,
      ccd: ccdNumber(label.ccd),
      band: label.band,
      name: label.image,
      userid: label.annotator,
      problem: label.wrongMask ? -code : code,
      className: label.className,
      x: place?.[0] ?? null,
      y: place?.[1] ?? null,
      detail: label.note,
      timestamp: label.time,
    });
  }
  const notes = [...uncoded].map(
    ([name, n]) => `${n} labels of class '${name}' left out: the checker has no code for it`,
  );
  if (shapes > 0) notes.push(`${shapes} shapes are left as their centres: the checker keeps one pixel`);
  return { reports, notes };
}

const decamNumbers = new Map(decamPlaces(2048, 4096).map(({ name, ccdnum }) => [name, ccdnum]));

/** DECam's number of a CCD that is named by its place (`N4`); other names as they are. */
function ccdNumber(ccd: string): number | string {
  return /^\d+$/.test(ccd) ? Number(ccd) : (decamNumbers.get(ccd.toUpperCase()) ?? ccd);
}
