import { estimateBackground } from '@blemish/imaging';
import type {
  CcdAnalyser,
  CcdAnalysis,
  CcdInput,
  CreateAnalyser,
  Finding,
} from '../../src/analyser/types.ts';

/** Milliseconds per CCD, so that a test can interrupt a scan. */
const delay = Number(process.env['BLEMISH_TEST_DELAY'] ?? 0);

/**
 * Stands in for a model where the scan's path is tested: flags pixels above 30σ that no mask covers as one cosmic ray, and as one satellite
 * those of exactly 12345. Deterministic, no network, any size from 16×16.
 */
export const createAnalyser: CreateAnalyser = ({ bundlePath, thresholds }) => {
  const threshold = thresholds.threshold ?? 0.5;
  const rate = { value: 0.01, low: 0, high: 0.02 };
  const analyser: CcdAnalyser = {
    info: {
      name: bundlePath ?? 'trivial',
      version: '0',
      sha256: 'ab'.repeat(32),
      classes: ['Cosmic ray', 'Satellite'],
      trainedOn: 'nothing',
      threshold: {
        threshold,
        criterion: { kind: 'fixed' },
        method: 'fixed',
        fpr: rate,
        fnr: rate,
        prior: 0.06,
        precision: rate,
        falsePerExposure: rate,
        ccdsPerExposure: 62,
        confidence: 0.95,
        nPositive: 1,
        nNegative: 1,
        nGroups: null,
        smallestResolvableFpr: 1,
        resolved: true,
        sentence: 'fixed for a test',
      },
    },
    analyse: async (input) => {
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      return analyse(input, threshold);
    },
    close: () => Promise.resolve(),
  };
  return Promise.resolve(analyser);
};

function analyse({ plane, mask }: CcdInput, threshold: number): CcdAnalysis {
  const { width, height, data } = plane;
  const { globalLevel, globalRms } = estimateBackground(plane, { mask });
  const quality = {
    fwhm: null,
    ellipticity: null,
    sky: Number.isFinite(globalLevel) ? globalLevel : null,
    rms: Number.isFinite(globalRms) ? globalRms : null,
    nStars: null,
    transparency: null,
    zeroPoint: null,
    depthFactor: null,
  };
  let maskedPixels = 0;
  if (mask) for (const value of mask) if (value !== 0) maskedPixels++;
  const common = {
    maskedFraction: maskedPixels / data.length,
    quality,
    preview: { width: 1, height: 1, pixels: new Uint8Array([128]), overlay: new Uint8Array(1) },
  };
  if (width < 16 || height < 16) {
    return {
      ...common,
      probability: null,
      reason: `too small: ${width} × ${height} px`,
      flagged: false,
      action: 'ok',
      classes: { 'Cosmic ray': null, Satellite: null },
      findings: [],
      mask: null,
    };
  }
  const out = new Int32Array(data.length);
  const findings: Finding[] = [];
  const found = (className: string, bit: number, hit: (value: number) => boolean): void => {
    let n = 0;
    let sx = 0;
    let sy = 0;
    for (let i = 0; i < data.length; i++) {
      if (mask?.[i] || !hit(data[i])) continue;
      out[i] |= 1 << bit;
      n++;
      sx += i % width;
      sy += Math.floor(i / width);
    }
    if (n === 0) return;
    findings.push({
      className,
      probability: 0.9,
      threshold,
      flagged: 0.9 >= threshold,
      x: sx / n,
      y: sy / n,
      area: n,
    });
  };
  found('Cosmic ray', 1, (value) => value !== 12345 && value > globalLevel + 30 * globalRms);
  found('Satellite', 20, (value) => value === 12345);
  const flagged = findings.some((finding) => finding.flagged);
  return {
    ...common,
    probability: findings.length > 0 ? 0.9 : 0.01,
    reason: null,
    flagged,
    action: flagged ? 'mask' : 'ok',
    classes: {
      'Cosmic ray': findings.some((finding) => finding.className === 'Cosmic ray') ? 0.9 : 0.01,
      Satellite: findings.some((finding) => finding.className === 'Satellite') ? 0.9 : 0.01,
    },
    findings,
    mask: flagged ? out : null,
  };
}
