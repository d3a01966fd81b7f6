/** What a user names on a command line: a file, or one HDU of it, in the bracket notation of cfitsio and IRAF. */
export interface Selector {
  readonly path: string;
  /** Index, EXTNAME, or null when the whole file is meant. */
  readonly hdu: number | string | null;
  /** EXTVER, null when any will do. */
  readonly version: number | null;
}

/**
 * Splits `file.fits[3]`, `file.fits[N4]` and `file.fits[SCI,2]`; text without such an ending is a plain path.
 * @param exists tells whether a path is there: a file whose own name ends in brackets is then taken by its name
 */
export function parseSelector(text: string, exists: (path: string) => boolean = () => false): Selector {
  const plain: Selector = { path: text, hdu: null, version: null };
  const match = /^(.+)\[([^[\]]*)\]$/.exec(text);
  if (match === null || exists(text)) return plain;
  const inside = /^\s*([^,]*?)\s*(?:,\s*(\d+)\s*)?$/.exec(match[2]);
  // Something else in brackets, such as an image section: nothing is known of it here.
  if (inside === null || inside[1] === '') return plain;
  const name = inside[1];
  const version = inside[2] === undefined ? null : Number(inside[2]);
  if (version === null && /^\d+$/.test(name)) return { path: match[1], hdu: Number(name), version };
  return { path: match[1], hdu: name, version };
}

/** What `FitsFile.hdu` takes for a selector that names an HDU: an index, `SCI` or `SCI,2`; null for a whole file. */
export function hduSelector(selector: Selector): number | string | null {
  return selector.version === null ? selector.hdu : `${selector.hdu},${selector.version}`;
}
