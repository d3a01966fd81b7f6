// Causes of candidates that are real: something on the sky changed.
import type { Galaxy } from '../../galaxy.ts';
import { electronsOfMagnitude } from '../../sequences/camera.ts';
import { drawGalaxy } from '../../sequences/neighbours.ts';
import { fluxOfSnr, fluxOfWell, lightAt } from '../fluxes.ts';
import { planted } from '../planted.ts';
import type { KindContext, PatchSource, Planted } from '../planted.ts';

/** Signal-to-noise of what a survey hands on: many near its threshold, few bright. */
function drawSnr({ rng }: KindContext): number {
  return rng.logUniform(6, rng.chance(0.25) ? 200 : 50);
}

/** Supernovae and their like are never brighter than this share of the well. */
const brightest = 0.6;

function point(x: number, y: number, flux: number): PatchSource {
  return { x, y, science: flux, reference: 0 };
}

/** An asteroid: two in three leave a trail of 1.5 to 16 px. */
export function moving(context: KindContext): Planted {
  const { rng, x, y, science, reference } = context;
  const trailed = rng.chance(2 / 3);
  const length = trailed ? rng.logUniform(1.5, 16) : 0;
  const angle = rng.uniform(0, Math.PI);
  // the filter of a point source sees a part of a trail
  const spread = Math.sqrt(1 + (length / (1.2 * science.psf.shape.fwhmPixels)) ** 2);
  const flux = Math.min(
    spread * fluxOfSnr(drawSnr(context), science, reference),
    spread * fluxOfWell(brightest, science),
  );
  const steps = trailed ? Math.ceil(length / 0.4) + 1 : 1;
  const sources = Array.from({ length: steps }, (_, k) => {
    const t = steps === 1 ? 0 : (k / (steps - 1) - 0.5) * length;
    return point(x + t * Math.cos(angle), y + t * Math.sin(angle), flux / steps);
  });
  return planted(context, 'moving', trailed ? 'asteroid-trailed' : 'asteroid', {
    ...{ sources, flux, reach: 3 + length / 2, take: 'strongest' },
  });
}

/** A star of which 5 % to 150 % came, or up to 95 % went. */
export function variable(context: KindContext): Planted {
  const { rng, x, y, science, reference } = context;
  const fading = rng.chance(0.45);
  const share = rng.logUniform(0.05, fading ? 0.95 : 1.5);
  const snr = drawSnr(context);
  // The change is that share of the star, whose own noise makes it harder to see.
  let change = fluxOfSnr(snr, science, reference);
  for (let k = 0; k < 4; k++) change = fluxOfSnr(snr, science, reference, 0, change / share);
  const most = fluxOfWell(brightest, science) / (1 / share + (fading ? 0 : 1));
  change = Math.min(change, most);
  const star = change / share;
  const flux = fading ? -change : change;
  return planted(context, 'variable', fading ? 'star-fading' : 'star-brightening', {
    sources: [{ x, y, science: star + flux, reference: star }],
    flux,
  });
}

export function transient(context: KindContext): Planted {
  const { x, y, science, reference } = context;
  const flux = Math.min(fluxOfSnr(drawSnr(context), science, reference), fluxOfWell(brightest, science));
  return planted(context, 'transient', 'hostless', { sources: [point(x, y, flux)], flux });
}

/** A place on the ellipse of a galaxy that is `radii` half-light radii out. */
function onEllipse(
  { rng }: KindContext,
  host: Galaxy,
  radii: number,
): { readonly dx: number; readonly dy: number } {
  const t = rng.uniform(0, 2 * Math.PI);
  const [u, v] = [radii * host.radius * Math.cos(t), radii * host.radius * host.axisRatio * Math.sin(t)];
  const [cos, sin] = [Math.cos(host.angle), Math.sin(host.angle)];
  return { dx: u * cos - v * sin, dy: u * sin + v * cos };
}

/** A point source at the context's place on a host whose nucleus lies (dx, dy) before it. */
export function supernova(
  context: KindContext,
  className: Planted['className'],
  kind: string,
  { host, dx, dy }: { readonly host: Galaxy; readonly dx: number; readonly dy: number },
  flux: number | ((under: number) => number),
): Planted {
  const { x, y, science } = context;
  const galaxy = { ...host, x: x - dx, y: y - dy };
  const wanted = typeof flux === 'number' ? flux : flux(lightAt([galaxy], science, x, y));
  const bounded = Math.min(wanted, fluxOfWell(brightest, science));
  return planted(context, className, kind, {
    ...{ sources: [point(x, y, bounded)], galaxies: [galaxy], flux: bounded },
    ...{ hostFlux: galaxy.flux, hostSeparation: Math.hypot(dx, dy) },
  });
}

const origin = { x: 0, y: 0 };

/** On its host, two in five of a pixel's seeing or more from the nucleus and within 1.7 half-light radii. */
export function gold(context: KindContext): Planted {
  const { rng, science, reference } = context;
  const least = Math.max(1.5, 0.7 * science.psf.shape.fwhmPixels);
  for (let tries = 0; ; tries++) {
    const host = drawGalaxy(rng, rng.uniform(14.5, 20), origin);
    const place = onEllipse(context, host, rng.uniform(0.5, 1.7));
    const separation = Math.hypot(place.dx, place.dy);
    if ((separation < least || separation > 22) && tries < 50) continue;
    const snr = drawSnr(context);
    return supernova(context, 'SN gold', 'off-nucleus', { host, ...place }, (under) =>
      fluxOfSnr(snr, science, reference, under),
    );
  }
}

/** On the nucleus: a supernova, or one in three times an active nucleus, half of which fade. */
export function bronze(context: KindContext): Planted {
  const { rng, science, reference } = context;
  const host = drawGalaxy(rng, rng.uniform(14.5, 20), origin);
  const [dx, dy] = [rng.normal(0, 0.12), rng.normal(0, 0.12)];
  const snr = drawSnr(context);
  const made = supernova(context, 'SN bronze', 'nucleus', { host, dx, dy }, (under) =>
    fluxOfSnr(snr, science, reference, under),
  );
  if (!rng.chance(1 / 3)) return made;
  const fading = rng.chance(0.5);
  const change = made.flux!;
  const nucleus = change / rng.uniform(0.15, 0.9);
  const flux = fading ? -change : change;
  const galaxy = made.galaxies[0];
  return {
    ...made,
    kind: fading ? 'agn-fading' : 'agn-brightening',
    sources: [{ x: galaxy.x, y: galaxy.y, science: nucleus + flux, reference: nucleus }],
    ...{ x: galaxy.x, y: galaxy.y, flux, hostSeparation: 0 },
  };
}

/** Two to four magnitudes brighter than its host, which the reference barely shows. */
export function silver(context: KindContext): Planted {
  const { rng, science, reference } = context;
  const flux = Math.min(
    fluxOfSnr(rng.logUniform(15, 200), science, reference),
    fluxOfWell(brightest, science),
  );
  const fainter = rng.uniform(2, 4);
  const magnitude = -2.5 * Math.log10(flux / electronsOfMagnitude(0)) + fainter;
  const host = { ...drawGalaxy(rng, Math.max(magnitude, 17), origin), flux: flux * 10 ** (-0.4 * fainter) };
  const place = onEllipse(context, host, rng.uniform(0, 1.2));
  return supernova(context, 'SN silver', 'faint-host', { host, ...place }, flux);
}

/** Two to four half-light radii out, or beside a star on the same galaxy. */
export function other(context: KindContext): Planted {
  const { rng, x, y, science, reference } = context;
  const snr = drawSnr(context);
  const flux = (under: number) => fluxOfSnr(snr, science, reference, under);
  if (rng.chance(0.6)) {
    for (let tries = 0; ; tries++) {
      const host = drawGalaxy(rng, rng.uniform(14.5, 19), origin);
      const place = onEllipse(context, host, rng.uniform(2.2, 4));
      const separation = Math.hypot(place.dx, place.dy);
      if ((separation > 25 || separation < 4) && tries < 50) continue;
      return supernova(context, 'SN other', 'outskirts', { host, ...place }, flux);
    }
  }
  const host = drawGalaxy(rng, rng.uniform(15, 20), origin);
  const made = supernova(
    context,
    'SN other',
    'blended',
    { host, ...onEllipse(context, host, rng.uniform(0.3, 1.5)) },
    flux,
  );
  const [r, t] = [rng.uniform(2, 5), rng.uniform(0, 2 * Math.PI)];
  const star = made.flux! * rng.logUniform(0.5, 6);
  const steady = { x: x + r * Math.cos(t), y: y + r * Math.sin(t), science: star, reference: star };
  return { ...made, sources: [...made.sources, steady] };
}
