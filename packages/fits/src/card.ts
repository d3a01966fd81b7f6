/** One header card: FITS standard 4.0, section 4; CONTINUE is 4.2.1.2, HIERARCH the ESO convention. */

/** A header value. `null` is a keyword whose value is undefined; integers beyond 2^53 are bigint. */
export type CardValue = string | number | bigint | boolean | null;

export interface Card {
  /** Upper case, without the word HIERARCH; '' for a blank card. */
  readonly keyword: string;
  /** Absent for commentary (COMMENT, HISTORY, blank), whose text is `comment`. */
  readonly value?: CardValue;
  readonly comment?: string;
  /** The card (with its CONTINUE cards) as it stood in the file: written back unchanged while nobody sets it. */
  readonly image?: string;
}

const CARD = 80;
const commentaryKeywords = new Set(['COMMENT', 'HISTORY', '']);
const integerPattern = /^[+-]? *\d+$/;
const realPattern = /^[+-]? *(\d+\.?\d*|\.\d+)([EeDd][+-]?\d+)?$/;
const standardKeyword = /^[A-Z0-9_-]{1,8}$/;

export const isCommentary = (keyword: string): boolean => commentaryKeywords.has(keyword);

/** Bytes above 127 are not FITS, but people write them: UTF-8 where it decodes, else Latin-1. */
function decodeForeign(text: string): string {
  if (!/[\x80-\xff]/.test(text)) return text;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  } catch {
    return text;
  }
}

/** The value and comment fields (column 11 on): `'text' / comment`. Never throws: what is no FITS value is kept as text. */
export function parseValueField(field: string): { value: CardValue; comment?: string } {
  const text = field.trimStart();
  if (text.startsWith("'")) {
    // A quote inside a string is doubled; a string nobody closed runs to the end of the card.
    let end = 1;
    for (; end < text.length; end++) {
      if (text[end] !== "'") continue;
      if (text[end + 1] !== "'") break;
      end++;
    }
    // Trailing blanks are not significant, leading ones are.
    const value = decodeForeign(text.slice(1, end).replaceAll("''", "'").trimEnd());
    return withComment(value, text.slice(end + 1));
  }
  const slash = text.indexOf('/');
  const token = (slash < 0 ? text : text.slice(0, slash)).trim();
  return withComment(parseBareValue(token), slash < 0 ? '' : text.slice(slash));
}

function parseBareValue(token: string): CardValue {
  if (token === '') return null;
  if (token === 'T') return true;
  if (token === 'F') return false;
  if (integerPattern.test(token)) {
    const digits = token.replaceAll(' ', '');
    const value = Number(digits);
    if (Number.isSafeInteger(value)) return value;
    return BigInt(digits.replace('+', ''));
  }
  if (realPattern.test(token)) return Number(token.replaceAll(' ', '').replace(/[Dd]/, 'E'));
  return decodeForeign(token);
}

function withComment(value: CardValue, rest: string): { value: CardValue; comment?: string } {
  const slash = rest.indexOf('/');
  const comment = slash < 0 ? '' : decodeForeign(rest.slice(slash + 1).trim());
  return comment === '' ? { value } : { value, comment };
}

/** Parses one 80-character card on its own. */
export function parseCard(image: string): Card {
  const keyword = image.slice(0, 8).trimEnd().toUpperCase();
  if (keyword === 'HIERARCH') {
    const equals = image.indexOf('=');
    const name = equals < 0 ? '' : image.slice(9, equals).trim().replace(/ +/g, ' ').toUpperCase();
    if (name !== '') return { keyword: name, ...parseValueField(image.slice(equals + 1)), image };
  } else if (image.startsWith('= ', 8) && !commentaryKeywords.has(keyword)) {
    return { keyword, ...parseValueField(image.slice(10)), image };
  }
  return { keyword, comment: decodeForeign(image.slice(8).trimEnd()), image };
}

/** Appends a CONTINUE card to the string card it continues, or null when it continues nothing. */
export function continueCard(previous: Card | undefined, image: string): Card | null {
  if (typeof previous?.value !== 'string' || !previous.value.endsWith('&') || previous.image === undefined)
    return null;
  const field = image.slice(8).trimStart();
  if (!field.startsWith("'")) return null;
  const { value, comment } = parseValueField(field);
  if (typeof value !== 'string') return null;
  const comments = [previous.comment, comment].filter((part) => part !== undefined && part !== '');
  const joined = { keyword: previous.keyword, value: previous.value.slice(0, -1) + value };
  const full = previous.image + image;
  return comments.length === 0
    ? { ...joined, image: full }
    : { ...joined, comment: comments.join(' '), image: full };
}

/** FITS allows printable ASCII only: accents are dropped, anything else becomes '?'. */
export function toFitsAscii(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^\x20-\x7e]/g, '?');
}

/** A number as FITS writes it: shortest digits that read back exactly, with a point or exponent unless it is an integer. */
export function formatNumber(value: number): string {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) return String(value);
  let text = String(value).toUpperCase();
  if (Object.is(value, -0)) text = '-0';
  const [mantissa = '', exponent] = text.split('E');
  const point = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? point : `${point}E${exponent}`;
}

function formatBareValue(value: number | bigint | boolean | null): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'T' : 'F';
  return typeof value === 'bigint' ? String(value) : formatNumber(value);
}

/** Text of one card: one or more 80-character lines (long strings use CONTINUE, long commentary repeats the keyword). */
export function formatCard(card: Card): string {
  if (card.image !== undefined) return card.image.replace(/[^\x20-\x7e]/g, '?').padEnd(CARD);
  if (card.value === undefined) return formatCommentary(card.keyword, card.comment ?? '');
  const prefix = standardKeyword.test(card.keyword)
    ? `${card.keyword.padEnd(8)}= `
    : `HIERARCH ${card.keyword} = `;
  const comment = card.comment === undefined ? '' : toFitsAscii(card.comment);
  if (typeof card.value === 'string') return formatString(prefix, toFitsAscii(card.value), comment);
  const text = formatBareValue(card.value);
  const width = prefix.length === 10 ? 20 : 0;
  return line(withSlash(prefix + text.padStart(width), comment));
}

const line = (text: string): string => text.slice(0, CARD).padEnd(CARD);
const withSlash = (text: string, comment: string): string => (comment === '' ? text : `${text} / ${comment}`);

function formatString(prefix: string, value: string, comment: string): string {
  const quoted = value.trimEnd().replaceAll("'", "''");
  const single = `${prefix}'${quoted.padEnd(8)}'`;
  if (single.length <= CARD && !quoted.endsWith('&')) return line(withSlash(single.padEnd(30), comment));
  // Cut into pieces that leave room for the quotes and '&', never between the two halves of a doubled quote.
  const lines: string[] = [];
  let rest = quoted;
  let head = prefix;
  for (;;) {
    const room = CARD - head.length - 3;
    const last = rest.length <= room;
    let cut = last ? rest.length : room;
    if (!last && (/'*$/.exec(rest.slice(0, cut))?.[0].length ?? 0) % 2 === 1) cut--;
    const piece = rest.slice(0, cut);
    rest = rest.slice(cut);
    // A value that itself ends in '&' gets an empty continuation, or the reader would eat the character.
    const more = !last || piece.endsWith('&');
    lines.push(more ? line(`${head}'${piece}&'`) : line(withSlash(`${head}'${piece}'`, comment)));
    head = 'CONTINUE  ';
    if (!more) return lines.join('');
  }
}

function formatCommentary(keyword: string, text: string): string {
  const ascii = toFitsAscii(text);
  const lines: string[] = [];
  for (let at = 0; at === 0 || at < ascii.length; at += CARD - 8)
    lines.push(line(keyword.padEnd(8) + ascii.slice(at, at + CARD - 8)));
  return lines.join('');
}

/**
 * Checks a keyword that somebody wants to write.
 * @throws RangeError when it fits neither the standard's 8 characters [A-Z0-9_-] nor a HIERARCH card.
 */
export function normaliseKeyword(keyword: string): string {
  const name = keyword
    .trim()
    .toUpperCase()
    .replace(/^HIERARCH +/, '');
  if (
    name === 'END' ||
    name === 'CONTINUE' ||
    name === 'HIERARCH' ||
    !/^[\x21-\x3c\x3e-\x7e ]{0,44}$/.test(name)
  )
    throw new RangeError(
      `keyword must be 1-8 characters A-Z, 0-9, _ or -, or up to 44 printable ASCII characters without '=' ` +
        `(written as HIERARCH); got ${JSON.stringify(keyword)}`,
    );
  return name;
}
