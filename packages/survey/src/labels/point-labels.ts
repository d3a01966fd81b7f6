import type { Rng } from '@blemish/sky';
import { artifactClass, blemishCcd } from '../taxonomy.ts';
import type { Point } from './shapes.ts';

/**
 * How people label: the noise of one annotator who goes through CCDs in the Exposure Checker. Working figures, chosen to be a careful
 * volunteer's: nobody has published them by class.
 */
export interface LabelNoise {
  /** Share of artifacts that are reported however plain they are … */
  readonly completeness: number;
  /** … which falls to half of that at this signal-to-noise … */
  readonly halfSnr: number;
  /** … as completeness / (1 + (halfSnr / snr) ** slope). */
  readonly slope: number;
  /** Share of reports under another class of the same group of the checker's menu. */
  readonly wrongClass: number;
  /** Share of reports whose pixel is anywhere on the CCD. */
  readonly wrongPlace: number;
  /** Spread of a click about the pixel meant, CCD pixels (a pixel of the rendering is 4). */
  readonly clickSigma: number;
  /** Reports of something that is not there, per CCD. */
  readonly spurious: number;
}

export const defaultLabelNoise: LabelNoise = {
  completeness: 0.95,
  halfSnr: 6,
  slope: 2,
  wrongClass: 0.04,
  wrongPlace: 0.02,
  clickSigma: 8,
  spurious: 0.002,
};

/** An artifact of the truth, as somebody looking for artifacts meets it. */
export interface VisibleArtifact {
  readonly className: string;
  readonly snr: number;
  /** A pixel of it; null where it covers the CCD. */
  readonly pixel: Point | null;
}

/** What somebody reports: a class and one pixel. */
export interface PointReport {
  readonly className: string;
  readonly pixel: Point;
}

/** Probability that an artifact of this signal-to-noise is reported. */
export function reportProbability(snr: number, { completeness, halfSnr, slope }: LabelNoise): number {
  return completeness / (1 + (halfSnr / snr) ** slope);
}

/**
 * Draws the reports of one annotator on one CCD: an artifact is reported or missed by its signal-to-noise; of those reported a few get
 * another class of their group or a wrong place; the click scatters about a pixel of the artifact, or lies anywhere where it covers the
 * CCD. Classes that the checker does not have are reported as Other.
 * @returns whole pixels on the CCD; none: the annotator calls the CCD good
 */
export function drawPointLabels(
  artifacts: readonly VisibleArtifact[],
  width: number,
  height: number,
  rng: Rng,
  noise: LabelNoise = defaultLabelNoise,
): PointReport[] {
  const anywhere = (): Point => [rng.integer(0, width - 1), rng.integer(0, height - 1)];
  const click = ([x, y]: Point): Point => [
    within(Math.round(rng.normal(x, noise.clickSigma)), width),
    within(Math.round(rng.normal(y, noise.clickSigma)), height),
  ];
  const reports: PointReport[] = [];
  for (const { className, snr, pixel } of artifacts) {
    // All that one artifact may need is drawn whatever becomes of it: another noise model leaves the other artifacts alone.
    const [seen, wrongClass, wrongPlace] = [rng.uniform(), rng.uniform(), rng.uniform()];
    const other = otherClass(className, rng);
    const place = pixel === null ? anywhere() : click(pixel);
    const elsewhere = anywhere();
    if (seen >= reportProbability(snr, noise)) continue;
    reports.push({
      className: wrongClass < noise.wrongClass ? other : reported(className),
      pixel: wrongPlace < noise.wrongPlace ? elsewhere : place,
    });
  }
  if (rng.uniform() < noise.spurious)
    reports.push({ className: rng.pick(checkerClasses).name, pixel: anywhere() });
  return reports;
}

const checkerClasses = blemishCcd.filter(({ code }) => code !== null);

function reported(className: string): string {
  return artifactClass(className).code === null ? 'Other' : className;
}

/** Another class of the same group of the checker's menu, any other where it is the only one. */
function otherClass(className: string, rng: Rng): string {
  const { group } = artifactClass(className);
  const others = checkerClasses.filter(({ name }) => name !== className);
  const near = others.filter((other) => other.group === group);
  return rng.pick(near.length > 0 ? near : others).name;
}

function within(value: number, size: number): number {
  return Math.min(Math.max(value, 0), size - 1);
}
