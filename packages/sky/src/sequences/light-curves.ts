import type { Rng } from '../rng.ts';

/** Magnitudes at times (MJD, growing) of one kind of source. */
export interface LightCurve {
  /** Tags of the catalogue for such an object. */
  readonly tags: readonly string[];
  readonly magnitudes: readonly number[];
  /** Magnitude of the galaxy that it lies in; null without one. */
  readonly hostMagnitude: number | null;
}

export const sourceKinds = [
  ...([
    'constant',
    'faint',
    'pulsating',
    'eclipsing',
    'longPeriod',
    'activeNucleus',
    'supernova',
    'flare',
  ] as const),
  'dwarfNova',
] as const;
export type SourceKind = (typeof sourceKinds)[number];

type Model = (rng: Rng, times: readonly number[]) => LightCurve;

function lightCurve(
  tags: string,
  times: readonly number[],
  magnitude: (mjd: number) => number,
  hostMagnitude: number | null = null,
): LightCurve {
  return { tags: tags.split(' '), magnitudes: times.map(magnitude), hostMagnitude };
}

/** Magnitude of two sources seen as one. */
function together(a: number, b: number): number {
  return -2.5 * Math.log10(10 ** (-0.4 * a) + 10 ** (-0.4 * b));
}

function phase(mjd: number, zero: number, period: number): number {
  const cycles = (mjd - zero) / period;
  return cycles - Math.floor(cycles);
}

const models: Readonly<Record<SourceKind, Model>> = {
  constant(rng, times) {
    const magnitude = rng.uniform(15.5, 21);
    return lightCurve('STAR', times, () => magnitude);
  },

  /** Constant and near the survey's limit of about 20.6 mag, or below it. */
  faint(rng, times) {
    const magnitude = rng.uniform(18.5, 22);
    return lightCurve('STAR', times, () => magnitude);
  },

  /** RR Lyrae (RRAB): a fast rise and a slow decline. */
  pulsating(rng, times) {
    const mean = rng.uniform(15, 20.3);
    const amplitude = rng.uniform(0.4, 1.1);
    const period = rng.uniform(0.42, 0.75);
    const rise = rng.uniform(0.12, 0.2);
    const zero = rng.uniform(0, period);
    return lightCurve('Pulsating RR RRAB', times, (mjd) => {
      const p = phase(mjd, zero, period);
      const brightness = p < rise ? p / rise : ((1 - p) / (1 - rise)) ** 1.5;
      return mean + amplitude * (0.4 - brightness);
    });
  },

  /** Detached (EA) or in contact (EW). */
  eclipsing(rng, times) {
    const mean = rng.uniform(15, 20.3);
    const zero = rng.uniform(0, 10);
    if (rng.chance(0.5)) {
      const period = rng.uniform(0.25, 0.5);
      const amplitude = rng.uniform(0.2, 0.8);
      return lightCurve('Eclipsing EW', times, (mjd) => {
        return mean + amplitude * (1 - Math.abs(Math.sin(2 * Math.PI * phase(mjd, zero, period))) ** 0.8);
      });
    }
    const period = rng.logUniform(0.6, 12);
    const depths = [rng.uniform(0.3, 1.6), rng.uniform(0.05, 0.3)] as const;
    const half = rng.uniform(0.02, 0.07);
    return lightCurve('Eclipsing EA', times, (mjd) => {
      const p = phase(mjd, zero, period);
      const fromFirst = Math.min(p, 1 - p);
      const eclipse = (distance: number, depth: number) => depth * Math.max(0, 1 - (distance / half) ** 2);
      return mean + eclipse(fromFirst, depths[0]) + eclipse(0.5 - fromFirst, depths[1]);
    });
  },

  /** Mira: months, up to some magnitudes. */
  longPeriod(rng, times) {
    const mean = rng.uniform(14, 19);
    const amplitude = rng.uniform(0.3, 1.8);
    const period = rng.logUniform(80, 450);
    const zero = rng.uniform(0, period);
    const harmonic = rng.uniform(-0.2, 0.2);
    return lightCurve(amplitude > 1.2 ? 'M' : 'Pulsating SR', times, (mjd) => {
      const angle = 2 * Math.PI * phase(mjd, zero, period);
      return mean + amplitude * (Math.cos(angle) + harmonic * Math.sin(2 * angle));
    });
  },

  /** Damped random walk (Kelly et al. 2009, ApJ 698, 895). */
  activeNucleus(rng, times) {
    const mean = rng.uniform(17, 20.3);
    const tau = rng.logUniform(40, 500);
    const sigma = rng.uniform(0.08, 0.35);
    let value = rng.normal(0, sigma);
    let last = times[0];
    const quasar = rng.chance(0.5);
    const host = quasar ? null : mean - rng.uniform(-1, 1);
    const curve = (mjd: number) => {
      const memory = Math.exp(-(mjd - last) / tau);
      value = value * memory + rng.normal(0, sigma * Math.sqrt(1 - memory * memory));
      last = mjd;
      return mean + value;
    };
    return lightCurve(quasar ? 'QSO' : 'AGN', times, curve, host);
  },

  /** Rise and fall after Bazin et al. 2009 (A&A 499, 653, eq. 1), over the nucleus of its galaxy. */
  supernova(rng, times) {
    const peak = rng.uniform(16, 19.5);
    const host = peak + rng.uniform(-1, 1.5);
    const nucleus = host + rng.uniform(1.5, 3);
    const fall = rng.uniform(18, 50);
    const rise = rng.uniform(2.5, 5);
    const start = rng.pick(times) - rng.uniform(-10, 15);
    // The form's own greatest value, at start + rise·ln(fall/rise − 1).
    const shape = (t: number) => Math.exp(-t / fall) / (1 + Math.exp(-t / rise));
    const greatest = shape(rise * Math.log(fall / rise - 1));
    return lightCurve(
      rng.chance(0.5) ? 'SNIa' : 'CCSN',
      times,
      (mjd) => {
        const light = mjd < start - 12 * rise ? 0 : shape(mjd - start) / greatest;
        return light === 0 ? nucleus : together(nucleus, peak - 2.5 * Math.log10(light));
      },
      host,
    );
  },

  /** A flare of minutes: one point of a sparse light curve, and no artifact. */
  flare(rng, times) {
    const quiet = rng.uniform(18.3, 20.8);
    const decay = rng.uniform(6, 25) / 1440;
    const start = rng.pick(times) - rng.uniform(0, 0.4) * decay;
    const ratio = 10 ** (0.4 * rng.uniform(1.2, 4));
    let seen = 0;
    const curve = (mjd: number) => {
      const light = mjd < start ? 0 : (ratio - 1) * Math.exp(-(mjd - start) / decay);
      if (light > 0.2) seen++;
      return quiet - 2.5 * Math.log10(1 + light);
    };
    const magnitudes = times.map(curve);
    return { tags: ['M_dwarf_flare', ...(seen === 1 ? ['1-point'] : [])], magnitudes, hostMagnitude: null };
  },

  /** Outbursts of days: up within one, a plateau, and down. */
  dwarfNova(rng, times) {
    const quiet = rng.uniform(19, 21.3);
    const amplitude = rng.uniform(2, 4.5);
    const cycle = rng.logUniform(25, 250);
    const plateau = rng.uniform(2, 10);
    // One of them is seen.
    const anchor = rng.pick(times) - rng.uniform(0, plateau);
    const jitter = rng.uniform(0, 1000);
    return lightCurve('Cataclysmic UG', times, (mjd) => {
      const n = Math.round((mjd - anchor) / cycle);
      const t = mjd - anchor - n * cycle - (n === 0 ? 0 : 0.2 * cycle * Math.sin(jitter * n));
      const height = t < 0 ? 1 + t : t < plateau ? 1 - (0.15 * t) / plateau : 0.85 - (t - plateau) / 2.5;
      return quiet - amplitude * Math.max(0, height);
    });
  },
};

/** A light curve of the kind; the same generator and times give the same one. */
export function drawLightCurve(kind: SourceKind, rng: Rng, times: readonly number[]): LightCurve {
  return models[kind](rng, times);
}
