/** Header keywords of the time of an observation, the first that holds one counts, and what they hold. */
const keywords: readonly (readonly [keyword: string, kind: 'mjd' | 'jd' | 'date'])[] = [
  ['MJD-OBS', 'mjd'],
  ['OBSMJD', 'mjd'],
  ['MJD_OBS', 'mjd'],
  ['MJD', 'mjd'],
  ['OBSJD', 'jd'],
  ['JD', 'jd'],
  ['DATE-OBS', 'date'],
];

/** Modified Julian date of Julian date 0. */
const mjdOffset = 2_400_000.5;

/** When a header says that it was observed, and by which keyword; null where it does not. @param text value of a keyword, blanks trimmed */
export function observationTime(
  text: (keyword: string) => string | null,
): { readonly keyword: string; readonly mjd: number } | null {
  for (const [keyword, kind] of keywords) {
    const value = text(keyword);
    const mjd = kind === 'date' ? dateToMjd(value) : julian(value, kind === 'jd' ? mjdOffset : 0);
    if (mjd !== null) return { keyword, mjd };
  }
  return null;
}

function julian(text: string | null, offset: number): number | null {
  if (text === null || text === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value - offset : null;
}

/** ISO date (UTC) to MJD; a date of another form is null. */
export function dateToMjd(text: string | null): number | null {
  if (text === null || !/^\d{4}-\d{2}-\d{2}/.test(text)) return null;
  const iso = /[T ]\d/.test(text) ? text.replace(' ', 'T') : `${text}T00:00:00`;
  const milliseconds = Date.parse(/Z$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(milliseconds) ? null : milliseconds / 86_400_000 + 40_587;
}
