import { SurveyError } from '../errors.ts';
import { regionHead, regionShape } from '../outputs/region-shape.ts';
import { blemishCcd } from '../taxonomy.ts';
import { classOf } from './label.ts';
import type { ClassNames, Label, LabelShape, ReadLabels } from './label.ts';
import { shapeOf } from './shape-numbers.ts';

export interface Ds9Options {
  /** Names in the file to classes. */
  readonly names?: ClassNames;
  /** Which image the regions are on, whatever the file says. */
  readonly image?: string | undefined;
  /** Which image they are on where the file does not say: only those written here do. */
  readonly nameless?: string;
  /** Class of regions without text and tag. */
  readonly defaultClass?: string | undefined;
}

/** ds9's shapes that labels can have, and what they are here. */
const kinds: Readonly<Record<string, LabelShape['kind']>> = {
  point: 'point',
  circle: 'circle',
  ellipse: 'ellipse',
  box: 'box',
  polygon: 'polygon',
  line: 'polyline',
  segment: 'polyline',
};
/** Coordinates of the image's pixels; with no LTV cards physical ones are the same. */
const pixelSystems = new Set(['image', 'physical']);
const otherSystems = new Set(
  'fk4 b1950 fk5 j2000 icrs galactic ecliptic wcs linear detector amplifier'.split(' '),
);
/** Tags that say something else than the class. */
const wrongMaskTag = 'wrong mask';
const annotatorTag = 'annotator ';

/**
 * Reads a ds9 region file in image coordinates (places from 1, turned into places from 0). The class of a region is its first tag, else its
 * text without a number at the end (a probability, as `scan` writes it); the CCD is that of the last `# HDU n (NAME)` comment, image and
 * exposure those of `# Labels of image NAME` and `# Labels of exposure NAME`. What is no
 * label (text, rulers, annuli, excluded regions) is left out with a note.
 * @throws SurveyError LABELS_INVALID naming the line: sky coordinates, a region without a class, numbers that do not fit the shape
 */
export function parseDs9(text: string, path: string, options: Ds9Options = {}): ReadLabels {
  const { names = new Map(), nameless = '', defaultClass } = options;
  const labels: Label[] = [];
  const notes: string[] = [];
  let system = 'physical';
  let ccd = '';
  let said: { image?: string; exposure?: string } = {};
  const fail = (row: number, what: string) =>
    new SurveyError('LABELS_INVALID', `line ${row}: ${what}`, { path });
  text.split(/\r?\n/).forEach((whole, i) => {
    const row = i + 1;
    const hdu = /^\s*#\s*HDU\s+(\d+)(?:\s+\((.*)\))?\s*$/.exec(whole);
    if (hdu !== null) {
      ccd = hdu[2] ?? hdu[1];
      return;
    }
    const about = /^# Labels of (image|exposure) (.+)$/.exec(whole);
    if (about !== null) {
      said = { ...said, [about[1]]: about[2] };
      return;
    }
    for (const command of commands(whole)) {
      const word = command.toLowerCase();
      if (pixelSystems.has(word) || otherSystems.has(word)) {
        system = word;
        continue;
      }
      const region = /^(#\s*)?([-+]?)\s*([a-z]+)\s*(?:\(([^)]*)\)|([^#]*))\s*#?(.*)$/i.exec(command);
      if (region === null) continue; // comments, `global`, `tile`
      const [, comment, sign, name, inside, bare = '', properties] = region;
      const numbers = (inside ?? bare)
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(Number);
      const kind = Object.hasOwn(kinds, name.toLowerCase()) ? kinds[name.toLowerCase()] : undefined;
      if (kind === undefined || (comment !== undefined && name.toLowerCase() !== 'segment')) {
        if (comment === undefined && inside !== undefined)
          notes.push(`${path}: line ${row}: '${name}' is no shape of a label, left out`);
        continue;
      }
      if (sign === '-') {
        notes.push(`${path}: line ${row}: an excluded region is no label, left out`);
        continue;
      }
      if (!pixelSystems.has(system))
        throw fail(row, `coordinates are '${system}'; save the regions in image coordinates`);
      const shape = shapeOf(kind, fromOne(kind, numbers));
      if (typeof shape === 'string') throw fail(row, shape);
      const { tags, words } = readProperties(properties);
      const classTag = tags.find((tag) => tag !== wrongMaskTag && !tag.startsWith(annotatorTag));
      const named = classTag ?? words?.replace(/\s+[01]?\.?\d+\s*$/, '') ?? defaultClass;
      if (named === undefined || named.trim() === '')
        throw fail(
          row,
          'the region has neither a tag nor a text for its class; give one to all with --default-class',
        );
      labels.push({
        image: options.image ?? said.image ?? (said.exposure === undefined ? nameless : ''),
        exposure: said.exposure ?? '',
        ccd,
        band: '',
        className: classOf(named, names),
        shape,
        wrongMask: tags.includes(wrongMaskTag),
        annotator: tags.find((tag) => tag.startsWith(annotatorTag))?.slice(annotatorTag.length) ?? '',
        time: '',
        note: '',
        origin: { file: path, row },
      });
    }
  });
  return { labels, notes };
}

/** The commands of a line: semicolons part them, but not within braces or quotes; a `#` begins the properties of a region. */
function commands(line: string): string[] {
  const parts: string[] = [];
  let current = '';
  let close = '';
  for (const letter of line) {
    if (close !== '') {
      if (letter === close) close = '';
    } else if (letter === '{') close = '}';
    else if (letter === '"' || letter === "'") close = letter;
    if (letter === ';' && close === '') {
      parts.push(current.trim());
      current = '';
    } else current += letter;
  }
  return [...parts, current.trim()].filter((part) => part !== '');
}

/** ds9 counts pixels from 1. */
function fromOne(kind: LabelShape['kind'], numbers: readonly number[]): number[] {
  const places = kind === 'polygon' || kind === 'polyline' ? numbers.length : 2;
  // A box or an ellipse without an angle is upright.
  const angle = (kind === 'box' || kind === 'ellipse') && numbers.length === 4 ? [0] : [];
  return [...numbers.map((value, i) => (i < places ? value - 1 : value)), ...angle];
}

/** Values of tags and text, which ds9 puts in braces or quotes. */
function readProperties(properties: string): { tags: string[]; words: string | undefined } {
  const value = (name: string) =>
    [
      ...properties.matchAll(
        new RegExp(`\\b${name}\\s*=\\s*(?:\\{([^}]*)\\}|"([^"]*)"|'([^']*)'|(\\S+))`, 'g'),
      ),
    ].map((match) => match[1] ?? match[2] ?? match[3] ?? match[4]);
  return { tags: value('tag').map((tag) => tag.trim()), words: value('text')[0] };
}

const colours = new Map(blemishCcd.map(({ name, colour }) => [name, colour]));

/**
 * A region file of one image's labels, as `scan` writes them. Labels of the whole image have no place in it: they are left out and counted.
 * @returns the text, and notes on what was left out
 */
export function formatDs9(labels: readonly Label[]): {
  readonly text: string;
  readonly notes: readonly string[];
} {
  const lines = [...regionHead];
  for (const key of ['image', 'exposure'] as const) {
    const names = new Set(labels.map((label) => label[key]));
    const [name] = names;
    if (names.size === 1 && name !== '') lines.push(`# Labels of ${key} ${name}`);
  }
  // Labels without a CCD come before the first comment that names one: nothing takes it back.
  const ccds = [...new Set(labels.map(({ ccd }) => ccd))].sort((a, b) => Number(b === '') - Number(a === ''));
  let whole = 0;
  ccds.forEach((ccd, index) => {
    if (ccd !== '') lines.push(`# HDU ${/^\d+$/.test(ccd) ? ccd : `${index + 1} (${ccd})`}`);
    if (ccds.length > 1) lines.push(`# tile ${index + 1}`);
    lines.push('image');
    for (const label of labels) {
      if (label.ccd !== ccd) continue;
      if (label.shape.kind === 'image') whole++;
      else lines.push(regionLine(label, label.shape));
    }
  });
  const notes =
    whole === 0 ? [] : [`${whole} labels of whole images left out: a region file has no place for them`];
  return { text: `${lines.join('\n')}\n`, notes };
}

function regionLine(
  { className, wrongMask, annotator }: Label,
  shape: Exclude<LabelShape, { kind: 'image' }>,
): string {
  const colour = colours.get(className);
  const body = regionShape(shape);
  const properties = [
    ...(colour === undefined ? [] : [`color=${colour}`]),
    `text={${className}}`,
    `tag={${className}}`,
    ...(wrongMask ? [`tag={${wrongMaskTag}}`] : []),
    ...(annotator === '' ? [] : [`tag={${annotatorTag}${annotator}}`]),
  ].join(' ');
  // The properties of a segment, itself behind a #, follow without another.
  return body.startsWith('#') ? `${body} ${properties}` : `${body} # ${properties}`;
}
