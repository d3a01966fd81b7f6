import type { Header } from '@blemish/fits';

/** What the values of a pipeline's data-quality mask mean. Either way a nonzero value is masked; the table is kept for what is written. */
export interface MaskScheme {
  readonly name: string;
  /** `bits`: several at once; `codes`: one integer a pixel. */
  readonly kind: 'bits' | 'codes';
  readonly values: Readonly<Record<string, number>>;
}

const desdm: MaskScheme = {
  name: 'DESDM (Y3 and later)',
  kind: 'bits',
  values: {
    BPM: 1,
    SATURATE: 2,
    INTERP: 4,
    BADAMP: 8,
    CRAY: 16,
    STAR: 32,
    TRAIL: 64,
    EDGEBLEED: 128,
    SSXTALK: 256,
    EDGE: 512,
    STREAK: 1024,
    SUSPECT: 2048,
    FIXED: 4096,
    NEAREDGE: 8192,
    TAPEBUMP: 16384,
  },
};

const communityBits: MaskScheme = {
  name: 'NOIRLab Community Pipeline, DECam before V3.5',
  kind: 'bits',
  values: { bad: 1, saturated: 2, interpolated: 4, 'cosmic ray': 16, bleed: 64, transient: 128 },
};

const communityCodes: MaskScheme = {
  name: 'NOIRLab Community Pipeline, integer codes',
  kind: 'codes',
  values: {
    bad: 1,
    'no value': 2,
    saturated: 3,
    bleed: 4,
    'cosmic ray': 5,
    'low weight': 6,
    difference: 7,
    'long streak': 8,
  },
};

/**
 * Which scheme a mask follows: the Community Pipeline writes PLVER, and DECam before V3.5 bits, from V3.5 on (and 90Prime and Mosaic-3
 * always) integer codes; without PLVER a DECam mask is DESDM's. Null for a camera not known here.
 */
export function maskScheme(primary: Header | null, header: Header): MaskScheme | null {
  const text = (keyword: string): string => String(header.get(keyword) ?? primary?.get(keyword) ?? '').trim();
  const instrument = text('INSTRUME').toLowerCase();
  const version = /^V?(\d+)(?:\.(\d+))?/i.exec(text('PLVER'));
  if (/mosaic|90prime/.test(instrument)) return communityCodes;
  if (version) {
    const number = Number(version[1]) + Number(version[2] ?? 0) / 100;
    return number >= 3.05 ? communityCodes : communityBits;
  }
  return instrument.includes('decam') ? desdm : null;
}
