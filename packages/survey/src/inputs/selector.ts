/** Which HDU of a file: its number (0 is the primary) or its EXTNAME. */
export type HduSelector = number | string;

/** Splits `file.fits[3]`, `file.fits[N4]` into path and selector; without brackets at the end the selector is null. */
export function parseSelector(text: string): {
  readonly path: string;
  readonly selector: HduSelector | null;
} {
  const match = /^(.+)\[([^[\]]+)\]$/.exec(text);
  if (!match) return { path: text, selector: null };
  const inside = match[2].trim();
  return { path: match[1], selector: /^\d+$/.test(inside) ? Number(inside) : inside };
}
