import type { Card, CardValue } from './card.ts';
import { continueCard, formatCard, isCommentary, normaliseKeyword, parseCard } from './card.ts';

const CARD = 80;
const BLOCK = 2880;

/**
 * An ordered list of cards with look-up by keyword, case-insensitively. Where a keyword occurs twice the first one counts,
 * as in cfitsio and astropy. HIERARCH keywords go by their name with or without the word HIERARCH.
 */
export class Header {
  #cards: Card[];
  /** Keyword to index of its first card; null when it has to be built again. */
  #index: Map<string, number> | null = null;

  constructor(cards: readonly Card[] = []) {
    this.#cards = [...cards];
  }

  /** Reads cards up to END or the end of `bytes` (a multiple of 80; a partial last card is ignored). Never throws. */
  static parse(bytes: Uint8Array): Header {
    const cards: Card[] = [];
    for (let at = 0; at + CARD <= bytes.length; at += CARD) {
      // Latin-1, so that columns stay columns whatever the bytes are.
      const image = String.fromCharCode(...bytes.subarray(at, at + CARD));
      if (isEndCard(image)) break;
      if (image.startsWith('CONTINUE')) {
        const joined = continueCard(cards.at(-1), image);
        if (joined !== null) {
          cards[cards.length - 1] = joined;
          continue;
        }
      }
      cards.push(parseCard(image));
    }
    // Blank cards at the end are only space somebody reserved.
    while (cards.length > 0 && cards.at(-1)!.keyword === '' && cards.at(-1)!.comment === '') cards.pop();
    const header = new Header();
    header.#cards = cards;
    return header;
  }

  get cards(): readonly Card[] {
    return this.#cards;
  }

  #find(keyword: string): number {
    if (this.#index === null) {
      this.#index = new Map();
      for (let i = this.#cards.length - 1; i >= 0; i--) this.#index.set(this.#cards[i].keyword, i);
    }
    const name = keyword.toUpperCase();
    return this.#index.get(name) ?? this.#index.get(name.replace(/^HIERARCH +/, '')) ?? -1;
  }

  /** The value; `null` when the keyword is there without one; `undefined` when there is no such keyword. */
  get(keyword: string): CardValue | undefined {
    const at = this.#find(keyword);
    return at < 0 ? undefined : this.#cards[at].value;
  }

  /** The value where it is a number (bigints are rounded to double precision), else undefined. */
  number(keyword: string): number | undefined {
    const value = this.get(keyword);
    if (typeof value === 'bigint') return Number(value);
    return typeof value === 'number' ? value : undefined;
  }

  /** The value where it is a string, blanks trimmed at both ends, else undefined. */
  string(keyword: string): string | undefined {
    const value = this.get(keyword);
    return typeof value === 'string' ? value.trim() : undefined;
  }

  /** The value where it is logical, else undefined. */
  boolean(keyword: string): boolean | undefined {
    const value = this.get(keyword);
    return typeof value === 'boolean' ? value : undefined;
  }

  comment(keyword: string): string | undefined {
    const at = this.#find(keyword);
    return at < 0 ? undefined : this.#cards[at].comment;
  }

  has(keyword: string): boolean {
    return this.#find(keyword) >= 0;
  }

  /** The texts of all COMMENT, HISTORY or blank ('') cards, in order. */
  commentary(keyword: 'COMMENT' | 'HISTORY' | ''): string[] {
    return this.#cards.filter((card) => card.keyword === keyword).map((card) => card.comment ?? '');
  }

  /**
   * Sets a keyword in place, or appends it. Without `comment` the old comment stays. NaN has no FITS form and is
   * written as an undefined value.
   * @throws RangeError for a keyword that cannot be written, COMMENT/HISTORY (use addComment, addHistory), or an infinite value.
   */
  set(keyword: string, value: CardValue, comment?: string): this {
    const name = normaliseKeyword(keyword);
    if (isCommentary(name))
      throw new RangeError(`keyword must not be commentary, use addComment or addHistory; got '${keyword}'`);
    if (value === Infinity || value === -Infinity)
      throw new RangeError(`value of ${name} must be finite, FITS headers cannot hold ${String(value)}`);
    if (typeof value === 'bigint' && String(value).length > 20)
      throw new RangeError(`value of ${name} must be a 64-bit integer, got ${value}`);
    const known = typeof value === 'number' && Number.isNaN(value) ? null : value;
    const at = this.#find(name);
    const text = comment ?? (at < 0 ? undefined : this.#cards[at].comment);
    const card: Card =
      text === undefined ? { keyword: name, value: known } : { keyword: name, value: known, comment: text };
    if (at >= 0) this.#cards[at] = card;
    else {
      this.#cards.push(card);
      this.#index?.set(name, this.#cards.length - 1);
    }
    return this;
  }

  /** Removes every card of this keyword; nothing happens when there is none. */
  delete(keyword: string): this {
    const at = this.#find(keyword);
    if (at < 0) return this;
    const name = this.#cards[at].keyword;
    this.#cards = this.#cards.filter((card) => card.keyword !== name);
    this.#index = null;
    return this;
  }

  addHistory(text: string): this {
    return this.#addCommentary('HISTORY', text);
  }

  addComment(text: string): this {
    return this.#addCommentary('COMMENT', text);
  }

  #addCommentary(keyword: string, text: string): this {
    for (const line of text.split(/\r?\n/)) this.append({ keyword, comment: line });
    return this;
  }

  /** Adds a card at the end as it is, duplicates included (for copying headers card by card). */
  append(card: Card): this {
    if (this.#index !== null && !this.#index.has(card.keyword))
      this.#index.set(card.keyword, this.#cards.length);
    this.#cards.push(card);
    return this;
  }

  clone(): Header {
    return new Header(this.#cards);
  }

  /** The cards and END, padded with blanks to a multiple of 2880 bytes; printable ASCII only. */
  toBytes(): Uint8Array {
    let text = '';
    for (const card of this.#cards) text += formatCard(card);
    text += 'END'.padEnd(CARD);
    const bytes = new Uint8Array(Math.ceil(text.length / BLOCK) * BLOCK).fill(0x20);
    new TextEncoder().encodeInto(text, bytes);
    return bytes;
  }
}

/** True for the card END (which some writers fail to pad with blanks but with NUL). */
export function isEndCard(image: string): boolean {
  return image.startsWith('END') && /^END[ \0]*$/.test(image);
}
