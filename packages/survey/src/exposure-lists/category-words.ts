import { badCategories, exposureCategories } from '@blemish/sky';
import type { BadCategory, ExposureCategory } from '@blemish/sky';

/** What stands for words that name no category. They are kept as they are beside it. */
export const otherReason = 'Other';

/** A category of the lists, or `Other`. */
export type ListedReason = ExposureCategory | typeof otherReason;

/** Exposure factors below this are too shallow, and seeing above this many arcseconds is a failed PSF, whoever wrote the figure. */
export const factorLimits = { exposureFactor: 0.3, seeingArcsec: 2 } as const;

/** What words are taken for which category. Words count, not the sense of the sentence they stand in. */
interface WordRule {
  readonly category: BadCategory;
  readonly pattern: RegExp;
}

/**
 * The words that the lists of the surveys use, their misspellings among them; the guide shows the same as a table. Only what can mean
 * one thing stands here: a `trail` may be a satellite's or the stars', `fringing` is no fault in the Y band, `flat field` and `moon` say
 * no category. Those stay as they are.
 */
export const wordRules: readonly WordRule[] = [
  { category: 'Clouds_transparency', pattern: /\bclou[dt]|\btr\w*p\w*ncy\b/ },
  {
    category: 'PSF',
    pattern:
      /\bpsfs?\b|psfex|\btrail(?:ed|ing)\b|\bellipti|\be-w elong|\bfwhm\b|\bwind ?shake|\b(?:bad|poor|terrible)\b[^,;]*\bseeing\b|\bseeing blew/,
  },
  { category: 'Ghost_Scatter', pattern: /\bgho?st|\bghsot|\bscatter|\bstray light|\bpupil/ },
  {
    category: 'Nonoptimal_exp',
    pattern:
      /\bdepth factor\b|\bexp(?:osure)? ?factor ?<|\blow exp(?:osure)? ?factor|\bunder-?exposed|\b(?:insufficient|short) exposure|\btoo shallow/,
  },
  { category: 'NObjects', pattern: /\bnobjects\b|\bno stars\b|\bsky.?subtraction\b/ },
  { category: 'Out_of_focus', pattern: /\bout[- ]of[- ]focus|\bdefocus|\bdo(?:ugh)?nut/ },
  {
    category: 'Telescope_Moving',
    pattern:
      /\btelescope? ?(?:mov|slew|track)|\bdouble (?:image|star|vision)|\b(?:lost|no|not|bad) (?:guid|track)|\bguid\w+ fail|\boff(?:se|es)t (?:during|while)|\bpointing moved|\bearthquake|\bimage shake/,
  },
  { category: 'Noise', pattern: /\bnois[ey]|\bbackplane/ },
  { category: 'Bad_CCD', pattern: /\bbad ?ccds?\b|\bamp(?:lifier)?s?\b/ },
  { category: 'Saturated', pattern: /\bsaturat|\bbright sky\b|\btwi(?:light)?\b/ },
  { category: 'Wonky', pattern: /\bwonky|\billumination\b|\bring pattern/ },
];

/** What a comment says. */
export interface ReadReason {
  /** In the order of the categories; empty where no word says one. */
  readonly categories: readonly ExposureCategory[];
  /** Pieces of the comment that say none, word for word. */
  readonly unknown: readonly string[];
}

const byLowerCase = new Map(exposureCategories.map((name) => [name.toLowerCase(), name]));
const separators = /[;,+]|\s\/\s/;
/** Measured quantities and names of survey tiles say where and how deep, not what is wrong. */
const figures =
  /\b(?:expfactor|exp factor|seeing|filter|pass)\s*[=<>]+\s*[\w.]+"?|\b(?:DECaLS|MzLS)_\w+|\bg-band\b|\band\b/gi;

/** The categories that a comment names, by their own names, by the words of `wordRules`, and by the figures in it. */
export function readReason(comment: string): ReadReason {
  const found = new Set<ExposureCategory>(figureCategories(comment));
  const unknown: string[] = [];
  for (const piece of comment.split(separators)) {
    const text = piece.trim();
    const named = byLowerCase.get(text.toLowerCase());
    const words = plain(text);
    const own = named === undefined ? categoriesOfWords(words) : [named];
    for (const category of own) found.add(category);
    if (own.length === 0 && /[a-z]/i.test(text.replace(figures, ''))) unknown.push(text);
  }
  return { categories: exposureCategories.filter((name) => found.has(name)), unknown };
}

/** Reasons as they are listed: the categories, or `Other` where nothing tells one. */
export function listedReasons({ categories }: ReadReason): readonly ListedReason[] {
  return categories.length === 0 ? [otherReason] : categories;
}

function categoriesOfWords(words: string): BadCategory[] {
  const found = wordRules.filter(({ pattern }) => pattern.test(words)).map(({ category }) => category);
  return badCategories.filter((name) => found.includes(name));
}

/** Lower case, one blank between words, also where a program has written `TelescopeMoving` or `Bad_CCD`. */
function plain(text: string): string {
  return text
    .replace(/([a-z])([A-Z][a-z])/g, '$1 $2')
    .replace(/[_\s]+/g, ' ')
    .toLowerCase();
}

function figureCategories(comment: string): BadCategory[] {
  const found: BadCategory[] = [];
  for (const [, factor] of comment.matchAll(/\bexp ?factor\s*=\s*(\d*\.?\d+)/gi))
    if (Number(factor) < factorLimits.exposureFactor) found.push('Nonoptimal_exp');
  for (const [, sign, seeing] of comment.matchAll(/\bseeing\s*([=>])\s*(\d*\.?\d+)/gi)) {
    const limit = factorLimits.seeingArcsec;
    if (sign === '>' ? Number(seeing) >= limit : Number(seeing) > limit) found.push('PSF');
  }
  return found;
}
