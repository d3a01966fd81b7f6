import { blemishCcd } from '../taxonomy.ts';
import { noArtifact } from './label.ts';
import type { ClassNames } from './label.ts';

/**
 * Classes by the codes of the DES Exposure Checker: those of the taxonomy, 0 for a good image, 255 for Other, 1000 for Awesome. Older
 * releases wrote 999 for Other; releases differ, so a map given by the user goes before this one.
 */
export const checkerCodes: ReadonlyMap<number, string> = new Map([
  [0, noArtifact],
  ...blemishCcd.flatMap(({ code, name }) => (code === null ? [] : [[code, name] as const])),
  [255, 'Other'],
  [1000, 'Awesome'],
]);

/** Names that the checker's own pages and configurations use besides those of the taxonomy, in lower case. */
export const checkerNames: ClassNames = new Map([
  ['ok', noArtifact],
  ['fine', noArtifact],
  ['other...', 'Other'],
  ['other…', 'Other'],
  ['awesome!', 'Awesome'],
]);

/** Class of a code without its sign, by the user's names, then the checker's; undefined for an unknown one. */
export function classOfCode(code: number, names: ClassNames): string | undefined {
  return names.get(String(code)) ?? checkerCodes.get(code);
}

/** Code of a class, by the user's names first; undefined where the checker has none. */
export function codeOfClass(className: string, names: ClassNames): number | undefined {
  for (const [key, name] of names) if (name === className && /^\d+$/.test(key)) return Number(key);
  for (const [code, name] of checkerCodes) if (name === className) return code;
  return undefined;
}
