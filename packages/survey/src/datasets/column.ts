import type { OriginOf } from './row-origin.ts';

/** A column of numbers; NaN where a cell is empty. */
export interface NumberColumn {
  readonly name: string;
  readonly kind: 'number';
  readonly values: Float64Array;
  /** Cells that hold text all the same (NaN in `values`), in the order of their rows. */
  readonly stray: readonly StrayText[];
  /** Where rows of this column are from, if not where those of its table are: joined columns. */
  readonly originOf?: OriginOf;
}

export interface StrayText {
  /** Of the table, from 0. */
  readonly row: number;
  readonly text: string;
}

/** A column of text; '' where a cell is empty. */
export interface TextColumn {
  readonly name: string;
  readonly kind: 'text';
  readonly values: readonly string[];
  /** As of a column of numbers. */
  readonly originOf?: OriginOf;
}

export type DataColumn = NumberColumn | TextColumn;

/** Words that programs write for a missing number. */
const missingWords = new Set(['', 'nan', 'na', 'n/a', '#n/a', '<na>', 'null', 'none', '--']);
const numberWords: ReadonlyMap<string, number> = new Map([
  ['true', 1],
  ['false', 0],
  ['inf', Infinity],
  ['+inf', Infinity],
  ['-inf', -Infinity],
  ['infinity', Infinity],
  ['+infinity', Infinity],
  ['-infinity', -Infinity],
]);

/**
 * A cell of text as a number: NaN where it is empty or one of the words for a missing number (NaN, NA, null, None …), 1 and 0 for
 * true and false, null where it is text.
 */
export function parseCell(text: string): number | null {
  const trimmed = text.trim();
  if (/^[-+]?(?:\d|\.\d)/.test(trimmed)) {
    const value = Number(trimmed);
    return Number.isNaN(value) ? null : value;
  }
  const word = trimmed.toLowerCase();
  return missingWords.has(word) ? NaN : (numberWords.get(word) ?? null);
}

/** Does the cell hold nothing? */
export function isMissing(text: string): boolean {
  return missingWords.has(text.trim().toLowerCase());
}

/** A value as readers of binary formats hand it over. */
export type RawValue = number | bigint | boolean | string | null | undefined;

/**
 * Collects a column cell by cell. The first cell that is not empty decides whether it holds numbers or text, unless `asText` asks for
 * text: labels, and identifiers, whose digits a double may not hold.
 */
export class ColumnBuilder {
  readonly name: string;
  #text: string[] | null;
  #numbers = new Float64Array(0);
  #rows = 0;
  /** Has a cell decided what the column is? */
  #decided: boolean;
  readonly #stray: StrayText[] = [];

  constructor(name: string, asText: boolean) {
    this.name = name;
    this.#text = asText ? [] : null;
    this.#decided = asText;
  }

  add(value: RawValue): void {
    this.#rows++;
    if (this.#text !== null) this.#text.push(textOf(value));
    else if (typeof value === 'string') this.#addText(value);
    else this.#addNumber(value === null || value === undefined ? NaN : Number(value));
  }

  finish(): DataColumn {
    if (this.#text !== null) return { name: this.name, kind: 'text', values: this.#text };
    const values = this.#numbers.slice(0, this.#rows);
    return { name: this.name, kind: 'number', values, stray: this.#stray };
  }

  #addText(text: string): void {
    const number = parseCell(text);
    if (number !== null) this.#addNumber(number);
    else if (this.#decided) {
      this.#stray.push({ row: this.#rows - 1, text });
      this.#store(NaN);
    } else {
      // Text, and nothing but empty cells before it.
      this.#text = new Array<string>(this.#rows - 1).fill('');
      this.#text.push(text);
    }
  }

  #addNumber(value: number): void {
    if (!Number.isNaN(value)) this.#decided = true;
    this.#store(value);
  }

  #store(value: number): void {
    if (this.#rows > this.#numbers.length) {
      const larger = new Float64Array(Math.max(1024, 2 * this.#numbers.length));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#rows - 1] = value;
  }
}

function textOf(value: RawValue): string {
  if (value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value))) return '';
  return typeof value === 'string' ? value.trim() : String(value);
}
