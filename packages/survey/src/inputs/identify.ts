import type { Header } from '@blemish/fits';
import { fitsStem } from './names.ts';
import { dateToMjd, observationTime } from './observation-time.ts';

/** Which piece of sky, when and through what: the columns every table shares. */
export interface ImageIdentity {
  /** EXPNUM; else the time stamp of the file's name (`c4d_150110_053718`); else the name without its CCD. */
  readonly exposure: string;
  /** EXTNAME; else DETPOS, CCDNUM, the CCD of the file's name, or the number of the HDU. */
  readonly ccd: string;
  readonly band: string | null;
  /** Modified Julian date of the start. */
  readonly mjd: number | null;
}

/**
 * Reads an image's identity from its header, then the primary header (`INHERIT`), then the file's name as the NOIRLab pipelines write
 * it (`c4d_YYMMDD_HHMMSS_ooi_r_v1.fits.fz`). Never throws: what nothing tells is null.
 */
export function identifyImage(
  path: string,
  primary: Header | null,
  header: Header,
  hduIndex: number,
): ImageIdentity {
  const text = (keyword: string): string | null => inheritedText(keyword, primary, header);
  const parts = parseFileName(path);
  return {
    exposure: text('EXPNUM') ?? parts.exposure,
    ccd: headerText(header, 'EXTNAME') ?? text('DETPOS') ?? text('CCDNUM') ?? parts.ccd ?? String(hduIndex),
    band: bandOf(text('FILTER') ?? text('BAND') ?? parts.band),
    mjd: observationTime(text)?.mjd ?? parts.mjd,
  };
}

/** The camera by INSTRUME, own or inherited; null where nothing tells. */
export function imageCamera(primary: Header | null, header: Header): string | null {
  return inheritedText('INSTRUME', primary, header);
}

function inheritedText(keyword: string, primary: Header | null, header: Header): string | null {
  const value = header.get(keyword) ?? primary?.get(keyword);
  if (value === undefined || value === null || typeof value === 'boolean') return null;
  const trimmed = String(value).trim();
  return trimmed === '' ? null : trimmed;
}

/** The pipelines' names of one band: 90Prime's `bokr` is r, Mosaic-3's `zd` is z. A DECam FILTER is a sentence: its first word counts. */
function bandOf(filter: string | null): string | null {
  const word = filter?.split(/\s+/)[0];
  if (word === undefined || word === '') return null;
  const other: Readonly<Record<string, string>> = { bokr: 'r', zd: 'z' };
  return other[word] ?? word;
}

interface NameParts {
  readonly exposure: string;
  readonly ccd: string | null;
  readonly band: string | null;
  readonly mjd: number | null;
}

function parseFileName(path: string): NameParts {
  const stem = fitsStem(path);
  const pipeline = /^([a-z]\w{2}_(\d{2})(\d{2})(\d{2})_(\d{2})(\d{2})(\d{2}))_o[ok]i_([A-Za-z]+)/.exec(stem);
  const ccd = /[-.]((?:ccd|CCD)\d+|[NS]\d{1,2})$/.exec(stem)?.[1] ?? null;
  if (!pipeline) {
    return { exposure: ccd === null ? stem : stem.slice(0, -ccd.length - 1), ccd, band: null, mjd: null };
  }
  const [, exposure, yy, month, day, hour, minute, second, band] = pipeline;
  return {
    exposure: exposure,
    ccd,
    band: band,
    mjd: dateToMjd(`20${yy}-${month}-${day}T${hour}:${minute}:${second}`),
  };
}

function headerText(header: Header, keyword: string): string | null {
  const value = header.string(keyword)?.trim();
  return value === undefined || value === '' ? null : value;
}
