import type { Header } from '../header.ts';
import type { Distortion } from './distortion.ts';
import { invert } from './distortion.ts';
import { readLinear } from './linear.ts';
import type { Linear } from './linear.ts';
import type { Sip } from './sip.ts';
import { makeSip } from './sip.ts';
import { hasPv, makeTpv } from './tpv.ts';

const degree = Math.PI / 180;
/** Radius of the native sphere in degrees: FITS paper II, section 5.1. */
const r0 = 180 / Math.PI;

/**
 * Celestial coordinates of an image: gnomonic (TAN), with SIP or TPV distortion.
 * Calabretta & Greisen 2002 (FITS paper II); SIP: Shupe et al. 2005; TPV: FITS registry.
 * Pixels are 0-based with centres at integers, x along NAXIS1; sky is right ascension and declination in degrees, in
 * the system the header names (RADESYS), right ascension in [0, 360).
 */
export class Wcs {
  /** Geometric mean scale at the reference pixel, from the linear matrix alone. */
  readonly pixelScaleArcsec: number;
  readonly #linear: Linear;
  readonly #sip: Sip | null;
  readonly #tpv: Distortion | null;
  /** Right ascension of the native pole, and sines and cosines of its declination and of LONPOLE. */
  readonly #ra0: number;
  readonly #sinDec0: number;
  readonly #cosDec0: number;
  readonly #sinPole: number;
  readonly #cosPole: number;

  private constructor(
    linear: Linear,
    sip: Sip | null,
    tpv: Distortion | null,
    ra: number,
    dec: number,
    pole: number,
  ) {
    this.#linear = linear;
    this.#sip = sip;
    this.#tpv = tpv;
    this.#ra0 = ra * degree;
    this.#sinDec0 = Math.sin(dec * degree);
    this.#cosDec0 = Math.cos(dec * degree);
    // Exactly, because 180 is what nearly every header says.
    this.#sinPole = pole === 180 || pole === 0 ? 0 : Math.sin(pole * degree);
    this.#cosPole = pole === 180 ? -1 : Math.cos(pole * degree);
    this.pixelScaleArcsec = Math.sqrt(Math.abs(linear.determinant)) * 3600;
  }

  /**
   * null when the header has no right ascension and declination in a projection known here (TAN, TAN-SIP, TPV, and
   * TAN with SCAMP's PV cards, which means TPV) or its matrix is singular. Missing cards have the standard's defaults;
   * for TPV, PVn_1 is 1 unless given.
   */
  static fromHeader(header: Header): Wcs | null {
    const types = [1, 2].map((axis) => parseType(header.string(`CTYPE${axis}`) ?? ''));
    const lonAxis = types.findIndex((type) => type?.axis === 'RA') + 1;
    const latAxis = types.findIndex((type) => type?.axis === 'DEC') + 1;
    if (lonAxis === 0 || latAxis === 0) return null;
    const projection = types[0]!.projection;
    if (projection !== types[1]!.projection) return null;
    if (projection !== 'TAN' && projection !== 'TPV') return null;
    const sip = projection === 'TAN' ? makeSip(header) : null;
    // What SCAMP calls TAN: real TAN has no parameters on the latitude axis, and none beyond 4 on the other.
    const isScamp =
      sip === null && (hasPv(header, latAxis, () => true) || hasPv(header, lonAxis, (m) => m === 0 || m > 4));
    const isTpv = projection === 'TPV' || isScamp;
    const linear = readLinear(header, lonAxis, latAxis);
    if (linear === null) return null;
    const ra = (header.number(`CRVAL${lonAxis}`) ?? 0) * linear.units[0];
    const dec = (header.number(`CRVAL${latAxis}`) ?? 0) * linear.units[1];
    if (!Number.isFinite(ra) || !(Math.abs(dec) <= 90)) return null;
    const own = isTpv ? undefined : header.number(`PV${lonAxis}_3`);
    const pole = own ?? header.number('LONPOLE') ?? (dec >= 90 ? 0 : 180);
    return new Wcs(linear, sip, isTpv ? makeTpv(header, lonAxis, latAxis) : null, ra, dec, pole);
  }

  /** Sky position [ra, dec] of pixel (x, y); NaN in, NaN out. Defined everywhere, sensible within the image. */
  pixelToSky(x: number, y: number): [number, number] {
    let u = x + 1 - this.#linear.crpix[0];
    let v = y + 1 - this.#linear.crpix[1];
    if (this.#sip !== null) [u, v] = this.#sip.map(u, v);
    let [xi, eta] = this.#linear.forward(u, v);
    if (this.#tpv !== null) [xi, eta] = this.#tpv.map(xi, eta);
    // The native unit vector, times a length that no formula below cares for.
    const a = -eta * this.#cosPole + xi * this.#sinPole;
    const b = xi * this.#cosPole + eta * this.#sinPole;
    const east = -b;
    const north = r0 * this.#cosDec0 - a * this.#sinDec0;
    const up = r0 * this.#sinDec0 + a * this.#cosDec0;
    const ra = (this.#ra0 + Math.atan2(east, north)) / degree;
    const turned = ra - 360 * Math.floor(ra / 360);
    return [turned === 360 ? 0 : turned, Math.atan2(up, Math.hypot(east, north)) / degree];
  }

  /** Pixel [x, y] of a sky position; [NaN, NaN] on the other half of the sky or where a distortion has no inverse. */
  skyToPixel(ra: number, dec: number): [number, number] {
    const da = ra * degree - this.#ra0;
    const sin = Math.sin(dec * degree);
    const cos = Math.cos(dec * degree);
    const depth = sin * this.#sinDec0 + cos * this.#cosDec0 * Math.cos(da);
    if (!(depth > 0)) return [NaN, NaN];
    // sin(dec - dec0) apart from a term of order da², so that nothing cancels near the reference point.
    const half = Math.sin(da / 2);
    const a = sin * this.#cosDec0 - cos * this.#sinDec0 + 2 * cos * this.#sinDec0 * half * half;
    const b = -cos * Math.sin(da);
    const k = r0 / depth;
    let xi = k * (a * this.#sinPole + b * this.#cosPole);
    let eta = -k * (a * this.#cosPole - b * this.#sinPole);
    if (this.#tpv !== null) [xi, eta] = invert(this.#tpv, xi, eta);
    let [u, v] = this.#linear.backward(xi, eta);
    if (this.#sip !== null) [u, v] = invert(this.#sip, u, v, ...this.#sip.guess(u, v));
    return [u + this.#linear.crpix[0] - 1, v + this.#linear.crpix[1] - 1];
  }
}

/** `RA---TAN-SIP` to its axis and projection. */
function parseType(ctype: string): { axis: string; projection: string } | null {
  const match = /^(RA|DEC)-+([A-Z]{3})(-SIP)?$/.exec(ctype.toUpperCase());
  return match === null ? null : { axis: match[1], projection: match[2] };
}
