// Causes of candidates that are residuals of steady sources.
import { drawGalaxy } from '../../sequences/neighbours.ts';
import { profile } from '../epoch.ts';
import { fluxNoise, fluxOfWell, lightAt } from '../fluxes.ts';
import { planted } from '../planted.ts';
import type { KindContext, Planted } from '../planted.ts';

/**
 * Flux of a steady star, electrons of a clear exposure, whose residual of `response` times its flux in a matched filter has this signal-to-noise, its
 * own shot noise included; at most half a well.
 */
function steadyFlux({ science, reference }: KindContext, snr: number, response: number, under = 0): number {
  const noise2 = fluxNoise(science, reference, under) ** 2;
  const s2 = snr ** 2 / response ** 2;
  const flux = (s2 + Math.sqrt(s2 ** 2 + 4 * s2 * noise2)) / 2 / science.throughput;
  return Math.min(flux, fluxOfWell(0.5, science));
}

/** A star, or the core of a galaxy, that lies 0.15 to 2 px from its place in the reference: registration, refraction, proper motion. */
export function dipole(context: KindContext): Planted {
  const { rng, x, y, science } = context;
  const sigma = science.psf.shape.fwhmPixels / 2.3548;
  const kind = rng.chance(0.2) ? 'proper-motion' : rng.chance(0.2) ? 'galaxy' : 'registration';
  const hosts = kind === 'galaxy' ? [drawGalaxy(rng, rng.uniform(15.5, 19), { x, y })] : [];
  const under = lightAt(hosts, science, x, y);
  let shift = kind === 'proper-motion' ? rng.uniform(0.8, 2) : rng.logUniform(0.15, 0.9);
  const snr = rng.logUniform(9, 80);
  // of a lobe: the filter's slope 0.43 / σ at small shifts
  const response = () => Math.min(0.8, (0.43 * shift) / sigma);
  while (steadyFlux(context, snr, response(), under) >= fluxOfWell(0.5, science) && shift < 1.2)
    shift *= 1.15;
  const flux = steadyFlux(context, snr, response(), under);
  const angle = rng.uniform(0, 2 * Math.PI);
  const [offsetX, offsetY] = [shift * Math.cos(angle), shift * Math.sin(angle)];
  const star = { x, y, science: flux, reference: flux, offsetX, offsetY };
  // either lobe
  const found = { flux, x: x + offsetX / 2, y: y + offsetY / 2, reach: 3 + shift };
  if (hosts.length === 0) return planted(context, 'dipole', kind, { ...found, sources: [star] });
  return planted(context, 'dipole', kind, {
    ...{ ...found, sources: [star], galaxies: hosts, hostFlux: hosts[0].flux, hostSeparation: 0 },
  });
}

/** A star of 1.2 to 15 times what fills the well of its middle pixel. */
export function saturatedStar(context: KindContext): Planted {
  const { rng, x, y, science, masked } = context;
  const times = rng.logUniform(1.3, 15);
  const flux = fluxOfWell(times, science);
  return planted(context, 'saturated star', masked ? 'saturated-masked' : 'saturated', {
    ...{ sources: [{ x, y, science: flux, reference: flux }], flux },
    ...{ reach: (masked ? 10 : 6) + 2 * Math.log2(times), take: 'strongest', truth: 'residual' },
  });
}

/** A star that is wider, narrower or longer in the science image than the field's PSF: a ring about a core, or a cross. */
export function badKernel(context: KindContext): Planted {
  const { rng, x, y, science } = context;
  const { shape } = science.psf;
  const size = rng.chance(0.6) ? Math.exp(rng.sign() * rng.uniform(0.1, 0.3)) : 1;
  const [e, angle] = [
    size === 1 ? rng.uniform(0.1, 0.25) : rng.uniform(0, 0.05),
    rng.uniform(0, 2 * Math.PI),
  ];
  const psf = profile({
    ...shape,
    fwhmPixels: shape.fwhmPixels * size,
    e1: shape.e1 + e * Math.cos(angle),
    e2: shape.e2 + e * Math.sin(angle),
  });
  const response = size === 1 ? 0.45 * e : 0.5 * Math.abs(Math.log(size));
  const flux = steadyFlux(context, rng.logUniform(8, 60), response);
  return planted(context, 'artifact', 'bad-kernel', {
    ...{ sources: [{ x, y, science: flux, reference: flux, psf }], flux, reach: 5, take: 'strongest' },
  });
}
