import type { OriginOf } from '../datasets/index.ts';
import { SurveyError } from '../errors.ts';

/** Which class a text of the label column stands for. */
export interface ClassMap {
  /** Names in the order of the classes' numbers; of two, the second is the positive one. */
  readonly names: readonly string[];
  /** Name by canonical label. */
  readonly labels: Readonly<Record<string, string>>;
}

/** One spelling of a label: numbers lose signs, zeros and points that say nothing (`1.0` is `1`). */
export function canonicalLabel(text: string): string {
  const trimmed = text.trim();
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(trimmed) ? String(Number(trimmed)) : trimmed;
}

/**
 * The classes of a training table: those the recipe names, in its order, else the distinct labels, numbers in their order before texts
 * in theirs. Words that stand for a missing number (`none`, `NA`) are classes like others: only an empty cell holds no label.
 * @throws SurveyError TABLE_LABELS where there is one class only, RECIPE_INVALID where `positive` is none of two
 */
export function classMap(
  labels: readonly string[],
  asked: {
    readonly classes?: Readonly<Record<string, string>> | undefined;
    readonly positive?: string | undefined;
  },
  path: string,
): ClassMap {
  const found = new Set(distinctLabels(labels.filter((label) => label.trim() !== '')));
  const named =
    asked.classes === undefined
      ? [...found].map((label) => [label, label] as const)
      : Object.entries(asked.classes).map(([label, name]) => [canonicalLabel(label), name] as const);
  const present = new Set(named.filter(([label]) => found.has(label)).map(([, name]) => name));
  if (present.size < 2) {
    const what = present.size === 1 ? `one class only ('${[...present][0]}')` : 'no class';
    throw new SurveyError('TABLE_LABELS', `the label column holds ${what}: a classifier needs two`, { path });
  }
  let names = [...new Set(named.map(([, name]) => name))];
  const absent = names.filter((name) => !present.has(name));
  if (absent.length > 0) {
    throw new SurveyError('TABLE_LABELS', `no row of the class '${absent.join("', '")}' the recipe names`, {
      path,
    });
  }
  if (asked.positive !== undefined) {
    if (names.length !== 2 || !names.includes(asked.positive)) {
      throw new SurveyError(
        'RECIPE_INVALID',
        `data.positive is '${asked.positive}'; it is for two classes and the classes are ${names.join(', ')}`,
        { path },
      );
    }
    names = [...names.filter((name) => name !== asked.positive), asked.positive];
  }
  return { names, labels: Object.fromEntries(named) };
}

/** @throws SurveyError TABLE_LABELS naming row, column and label that is none of the classes */
export function classNumbers(
  labels: readonly string[],
  { names, labels: nameOf }: ClassMap,
  column: string,
  originOf: OriginOf,
): Int32Array {
  return Int32Array.from(labels, (label, i) => {
    const known = canonicalLabel(label);
    const name = Object.hasOwn(nameOf, known) ? nameOf[known] : undefined;
    if (name !== undefined) return names.indexOf(name);
    const what = known === '' ? 'is empty' : `holds '${label}'`;
    const { path, row } = originOf(i);
    throw new SurveyError(
      'TABLE_LABELS',
      `row ${row}: the label column '${column}' ${what}; known are ${Object.keys(nameOf)
        .map((text) => `'${text}'`)
        .join(', ')}`,
      { path },
    );
  });
}

/** Different labels by their canonical spelling, numbers in their order before texts in theirs. */
export function distinctLabels(labels: readonly string[]): readonly string[] {
  return [...new Set(labels.map(canonicalLabel))].sort(byNumberThenText);
}

/** Numbers by their value, then all texts: a mixture of both comparisons would order three labels in a circle. */
function byNumberThenText(a: string, b: string): number {
  const numbers = [Number(a), Number(b)];
  const [texts, otherTexts] = numbers.map((value) => (Number.isNaN(value) ? 1 : 0));
  if (texts !== otherTexts) return texts - otherTexts;
  if (texts === 0 && numbers[0] !== numbers[1]) return numbers[0] < numbers[1] ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
