// The figures a scientist looks at first, for one CCD.
import type { Background } from './background.ts';
import type { MeasureStarsOptions, StarMeasurements } from './measure-stars.ts';
import { measureStars } from './measure-stars.ts';
import {
  decamGain,
  decamNominals,
  nominalExposureSeconds,
  nominalSeeingArcsec,
} from './photometric-nominals.ts';
import type { Plane } from './plane.ts';

/** Every figure is a finite number, or null where it cannot be measured; never NaN. */
export interface QualityFigures {
  /** Median over the stars, pixels. */
  readonly fwhm: number | null;
  /** Median of 1 − minor / major axis. */
  readonly ellipticity: number | null;
  /** Sky level and noise per pixel, image units. */
  readonly sky: number | null;
  readonly rms: number | null;
  readonly nStars: number | null;
  /** 10^(0.4 (zero point − nominal)): 1 in a photometric night, airmass included; DECam with a calibrated header only. */
  readonly transparency: number | null;
  /** Magnitude of one image unit, as the header states it. */
  readonly zeroPoint: number | null;
  /** Effective exposure time over 90 nominal seconds: see `measureQuality`. */
  readonly depthFactor: number | null;
}

/**
 * What is asked of a header; a Header of @blemish/fits is one. INSTRUME, FILTER and EXPTIME usually stand in the primary HDU: pass a header that
 * has them, or one that looks there too.
 */
export interface HeaderValues {
  number(keyword: string): number | undefined;
  string(keyword: string): string | undefined;
}

export interface MeasureQualityOptions extends MeasureStarsOptions {
  /** Stars already measured on this plane. */
  readonly stars?: StarMeasurements;
}

/**
 * Quality figures of a background-subtracted plane (`background` is what was subtracted). The zero point is the first of MAGZERO, PHOTZP, ZEROPT,
 * MAGZP, MAG_ZERO, ZPT (magnitude of one image unit), else MAGZPT + 2.5 log₁₀ EXPTIME; values outside 10…40 mag count as unset.
 *
 * Depth: a point source's signal-to-noise squared in background noise is ∝ S² / (rms · FWHM)², S = 10^(0.4 zeroPoint) being image units per unit flux.
 * `depthFactor` is that over the same for t₀ = 90 s, FWHM₀ = 0.9″, nominal zero point Z₀ and dark sky μ₀:
 * 10^(0.8 zeroPoint) / (rms · fwhm)² ÷ [10^(0.4 (Z₀ + μ₀)) · t₀ / FWHM₀²]; gain and pixel scale cancel. It equals t_eff / 90 s of Neilsen et al.
 * 2016 (FERMILAB-TM-2610-AE-CD), τ = η² (FWHM/0.9″)⁻² (b/b_dark)⁻¹. Null without zero point, stars, noise or nominal values (DECam g, r, z).
 */
export function measureQuality(
  plane: Plane,
  mask: Uint8Array | null,
  background: Background,
  header: HeaderValues | null,
  options: MeasureQualityOptions = {},
): QualityFigures {
  const rms = background.globalRms > 0 ? finite(background.globalRms) : null;
  const saturation = options.saturation ?? saturationOf(header, background.globalLevel);
  const stars = options.stars ?? measureStars(plane, rms ?? 0, mask, { ...options, saturation });
  const fwhm = medianOf(stars.fwhm);
  const zeroPoint = header ? zeroPointOf(header) : null;
  const exposure = header?.number('EXPTIME') ?? 0;
  const instrument = header?.string('INSTRUME') ?? '';
  const nominal = /decam/i.test(instrument)
    ? decamNominals[bandOf(header?.string('FILTER') ?? '')]
    : undefined;
  const gain = header?.number('ARAWGAIN') ?? header?.number('GAIN') ?? header?.number('GAINA') ?? decamGain;
  let transparency: number | null = null;
  let depthFactor: number | null = null;
  if (zeroPoint !== null && nominal && exposure > 0 && gain > 0) {
    const perElectron = zeroPoint - 2.5 * Math.log10(exposure) + 2.5 * Math.log10(gain);
    transparency = finite(10 ** (0.4 * (perElectron - nominal.zeroPoint)));
  }
  if (zeroPoint !== null && nominal && nominal.skyBrightness !== null && rms !== null && fwhm !== null) {
    const here = 10 ** (0.8 * zeroPoint) / (rms * fwhm) ** 2;
    const there =
      (10 ** (0.4 * (nominal.zeroPoint + nominal.skyBrightness)) * nominalExposureSeconds) /
      nominalSeeingArcsec ** 2;
    depthFactor = finite(here / there);
  }
  return {
    fwhm,
    ellipticity: medianOf(stars.ellipticity),
    sky: finite(background.globalLevel),
    rms,
    nStars: rms === null ? null : stars.count,
    transparency,
    zeroPoint,
    depthFactor,
  };
}

function zeroPointOf(header: HeaderValues): number | null {
  const plausible = (value: number | undefined) => value !== undefined && value > 10 && value < 40;
  for (const keyword of ['MAGZERO', 'PHOTZP', 'ZEROPT', 'MAGZP', 'MAG_ZERO', 'ZPT']) {
    const value = header.number(keyword);
    if (plausible(value)) return value!;
  }
  const perSecond = header.number('MAGZPT');
  const exposure = header.number('EXPTIME');
  if (plausible(perSecond) && exposure !== undefined && exposure > 0)
    return perSecond! + 2.5 * Math.log10(exposure);
  return null;
}

/** The saturation level above the sky, from SATURATE; Infinity where there is none. */
function saturationOf(header: HeaderValues | null, sky: number): number {
  const value = header?.number('SATURATE');
  // 0.9: the flat field and non-linearity pull saturated pixels below the stated level.
  return value !== undefined && value > 0 ? 0.9 * value - (Number.isFinite(sky) ? sky : 0) : Infinity;
}

/** 'g DECam SDSS c0001 4720.0 1520.0' → 'g'. */
function bandOf(filter: string): string {
  return filter.trim().split(/\s+/)[0] ?? '';
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function medianOf(values: Float32Array): number | null {
  if (values.length === 0) return null;
  const sorted = values.slice().sort();
  const half = sorted.length >> 1;
  return finite(sorted.length % 2 === 1 ? sorted[half] : 0.5 * (sorted[half - 1] + sorted[half]));
}
