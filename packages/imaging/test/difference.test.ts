import { describe, expect, it } from 'vitest';
import {
  alignStars,
  applyAffine,
  findCandidates,
  fitKernel,
  properDifference,
  resample,
  subtractReference,
} from '../src/index.ts';
import type { Affine, NoisyPlane, Plane } from '../src/index.ts';

const width = 360;
const height = 320;

/** Uniform numbers in (0, 1) of a linear congruential generator, and unit normals by the Box–Muller transform. */
function generator(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 4294967296;
  };
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

interface Source {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
}

/** Moffat profile of β = 3 and unit flux at squared elliptical radius q. */
const moffat = (q: number, fwhm: number) => {
  const alpha2 = (fwhm / 2) ** 2 / (2 ** (1 / 3) - 1);
  return (2 / (Math.PI * alpha2)) * (1 + q / alpha2) ** -3;
};

/** Stars with a PSF whose width and shape may change over the image, on a sky, with Gaussian noise of a given variance. */
function render(
  sources: readonly Source[],
  psf: (x: number, y: number) => { fwhm: number; e: number },
  sky: (x: number, y: number) => number,
  sigma: number,
  seed: number,
): NoisyPlane {
  const data = new Float32Array(width * height);
  const variance = new Float32Array(width * height).fill(sigma * sigma);
  for (const { x, y, flux } of sources) {
    const { fwhm, e } = psf(x, y);
    for (let v = Math.max(0, Math.ceil(y - 30)); v <= Math.min(height - 1, y + 30); v++)
      for (let u = Math.max(0, Math.ceil(x - 30)); u <= Math.min(width - 1, x + 30); u++) {
        const q = (u - x) ** 2 * (1 + e) + (v - y) ** 2 / (1 + e);
        data[v * width + u] += flux * moffat(q, fwhm);
      }
  }
  const { normal } = generator(seed);
  for (let i = 0; i < data.length; i++) data[i] += sky(i % width, Math.floor(i / width)) + sigma * normal();
  const plane = (values: Float32Array): Plane => ({ width, height, data: values });
  return { image: plane(data), variance: plane(variance) };
}

/** Stars on a grid with jitter, fluxes over a decade. */
function grid(seed: number): Source[] {
  const { uniform } = generator(seed);
  const stars: Source[] = [];
  for (let y = 40; y < height - 30; y += 44)
    for (let x = 40; x < width - 30; x += 44)
      stars.push({ x: x + 8 * uniform(), y: y + 8 * uniform(), flux: 3000 * 10 ** uniform() });
  return stars;
}

const stars = grid(5);
const transients: readonly Source[] = [
  { x: 64.3, y: 66.1, flux: 2600 },
  { x: 201.4, y: 110.8, flux: 2600 },
  { x: 290.6, y: 243.2, flux: -2600 },
  { x: 108.2, y: 285.5, flux: 2600 },
];
const reference = render(
  stars,
  () => ({ fwhm: 3, e: 0 }),
  () => 20,
  2,
  11,
);
const science = render(
  [...stars.map((star) => ({ ...star, flux: 1.3 * star.flux })), ...transients],
  (x) => ({ fwhm: 4 + x / width, e: 0.1 }),
  (x, y) => 50 + x / 20 - y / 30,
  5,
  12,
);

describe('subtractReference', () => {
  const difference = subtractReference(science, reference, stars)!;

  it('finds the ratio of fluxes and the difference of the backgrounds', () => {
    // a Moffat profile's wings go on past the kernel's 21 px, and a stamp takes a part of them for sky
    expect(Math.abs(difference.fit.fluxRatio / 1.3 - 1)).toBeLessThan(0.02);
    for (const [x, y] of [
      [30, 40],
      [180, 160],
      [320, 280],
    ])
      expect(difference.fit.backgroundAt(x, y)).toBeCloseTo(50 + x / 20 - y / 30 - 1.3 * 20, 0);
    expect(difference.fit.used.filter(Boolean).length).toBeGreaterThan(30);
    expect(difference.fit.chi2).toBeLessThan(1.6);
  });

  it('leaves noise where nothing changed, on stars too', () => {
    const away = (x: number, y: number) => transients.every((t) => Math.hypot(t.x - x, t.y - y) > 25);
    const pulls: number[] = [];
    const onStars: number[] = [];
    for (let y = 12; y < height - 12; y++)
      for (let x = 12; x < width - 12; x++) {
        const at = y * width + x;
        if (!away(x, y)) continue;
        const pull = difference.image.data[at] / Math.sqrt(difference.variance.data[at]);
        pulls.push(pull);
        if (stars.some((star) => Math.hypot(star.x - x, star.y - y) < 4)) onStars.push(pull);
      }
    const rms = (values: readonly number[]) =>
      Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    // 100,000 pixels: good to 0.3 %; the kernel is fitted, the PSF's wings are not in its basis
    expect(rms(pulls)).toBeGreaterThan(0.95);
    expect(rms(pulls)).toBeLessThan(1.06);
    expect(rms(onStars)).toBeLessThan(1.5);
  });

  it('keeps the flux of what is new, brighter or fainter', () => {
    for (const { x, y, flux } of transients) {
      let [sum, noise] = [0, 0];
      for (let v = Math.round(y) - 12; v <= Math.round(y) + 12; v++)
        for (let u = Math.round(x) - 12; u <= Math.round(x) + 12; u++) {
          if (Math.hypot(u - x, v - y) > 12) continue;
          sum += difference.image.data[v * width + u];
          noise += difference.variance.data[v * width + u];
        }
      // an aperture of 12 px holds 0.985 of a Moffat profile of FWHM 4.5
      expect(Math.abs(sum - 0.985 * flux)).toBeLessThan(4 * Math.sqrt(noise));
    }
  });

  it('says how a shifted reference lies, and weighs the noise of one in other units', () => {
    // 50 times the flux scale, moved by (0.4, −0.3) px: what is to the left on the reference is moved right by the kernel
    const far = render(
      stars.map(({ x, y, flux }) => ({ x: x - 0.4, y: y + 0.3, flux: flux / 50 })),
      () => ({ fwhm: 3, e: 0 }),
      () => 0,
      0.04,
      14,
    );
    const near = render(
      stars,
      () => ({ fwhm: 4.5, e: 0 }),
      () => 0,
      5,
      15,
    );
    const fit = fitKernel(near, far, stars)!;
    expect(Math.abs(fit.fluxRatio / 50 - 1)).toBeLessThan(0.02);
    expect(fit.chi2).toBeGreaterThan(0.9);
    expect(fit.chi2).toBeLessThan(1.3);
    const kernel = fit.kernelAt(180, 160);
    let [sum, x, y] = [0, 0, 0];
    kernel.forEach((value, i) => {
      sum += value;
      x += value * ((i % 21) - 10);
      y += value * (Math.floor(i / 21) - 10);
    });
    expect(sum).toBeCloseTo(fit.fluxRatio, 6);
    expect(x / sum).toBeCloseTo(0.4, 1);
    expect(y / sum).toBeCloseTo(-0.3, 1);
  });

  it('leaves out a star that varies, and says so', () => {
    const varied = render(
      stars.map((star, i) => ({ ...star, flux: (i === 7 ? 3 : 1.3) * star.flux })),
      (x) => ({ fwhm: 4 + x / width, e: 0.1 }),
      () => 20,
      5,
      13,
    );
    const fit = fitKernel(varied, reference, stars)!;
    expect(fit.used[7]).toBe(false);
    expect(Math.abs(fit.fluxRatio / 1.3 - 1)).toBeLessThan(0.02);
  });

  it('is not bent by several bright stars that vary, where stars are few', () => {
    const few = [...stars].sort((a, b) => b.flux - a.flux).slice(0, 12);
    // a third of them, the brightest among them, all brighter now
    const varied = render(
      stars.map((star) => {
        const place = few.indexOf(star);
        return { ...star, flux: (place >= 0 && place % 3 === 0 ? 1.6 : 1.3) * star.flux };
      }),
      (x) => ({ fwhm: 4 + x / width, e: 0.1 }),
      () => 20,
      5,
      14,
    );
    const fit = fitKernel(varied, reference, few, { kernelDegree: 0 })!;
    expect(few.filter((_, i) => fit.used[i] && i % 3 === 0)).toEqual([]);
    expect(Math.abs(fit.fluxRatio / 1.3 - 1)).toBeLessThan(0.03);
  });

  it('knows no value where one is missing, and no kernel without stars', () => {
    const holed = { ...reference, image: { ...reference.image, data: reference.image.data.slice() } };
    holed.image.data[150 * width + 170] = NaN;
    const { image, variance } = subtractReference(science, holed, stars)!;
    expect(image.data[150 * width + 175]).toBeNaN();
    expect(variance.data[150 * width + 175]).toBeNaN();
    expect(image.data[150 * width + 182]).not.toBeNaN();
    expect(fitKernel(science, reference, [])).toBeNull();
    expect(fitKernel(science, reference, [{ x: 3, y: 3 }])).toBeNull();
    // one star, or stars along a column, cannot say how a kernel changes over the image
    expect(fitKernel(science, reference, [stars[10]])).toBeNull();
    expect(
      fitKernel(
        science,
        reference,
        stars.filter(({ x }) => x < 60).map((star) => ({ ...star, x: 42 })),
      ),
    ).toBeNull();
  });

  it('wants planes of one size', () => {
    const small = { width: 10, height: 10, data: new Float32Array(100) };
    expect(() => fitKernel(science, { image: small, variance: small }, stars)).toThrow(/align the reference/);
    expect(() => fitKernel(science, reference, stars, { stampRadius: 15.5 })).toThrow(/stampRadius/);
    expect(() => fitKernel(science, reference, stars, { sigmas: [0.01], degrees: [0] })).toThrow(
      /0.3 px or more/,
    );
    expect(() => resample(small, science.variance, small, (x, y) => [x, y])).toThrow(/one size/);
    expect(() => findCandidates(science, psfStamp(4), { separation: 2.5 })).toThrow(/separation/);
  });
});

/** A Moffat PSF of sum 1 on 31 × 31 pixels. */
function psfStamp(fwhm: number): Plane {
  const data = new Float32Array(31 * 31).map((_, i) =>
    moffat(((i % 31) - 15) ** 2 + (Math.floor(i / 31) - 15) ** 2, fwhm),
  );
  const sum = data.reduce((total, v) => total + v, 0);
  return { width: 31, height: 31, data: data.map((v) => v / sum) };
}

describe('findCandidates', () => {
  it('finds what was put in, where and how bright, and nothing else in white noise', () => {
    const difference = render(
      transients,
      () => ({ fwhm: 4.5, e: 0 }),
      () => 0,
      5,
      21,
    );
    const found = findCandidates(difference, psfStamp(4.5));
    expect(found).toHaveLength(transients.length);
    for (const { x, y, flux } of transients) {
      const nearest = found.find((one) => Math.hypot(one.x - x, one.y - y) < 1)!;
      // S/N 65: a fortieth of a pixel, and as much from the parabola
      expect(Math.hypot(nearest.x - x, nearest.y - y)).toBeLessThan(0.15);
      expect(Math.abs(nearest.flux - flux)).toBeLessThan(4 * nearest.fluxError + 0.02 * Math.abs(flux));
      expect(nearest.coverage).toBeGreaterThan(0.99);
    }
  });

  it('is as sure as its errors say', () => {
    const faint: Source[] = [];
    for (let y = 30; y < height - 30; y += 52)
      for (let x = 30; x < width - 30; x += 52) faint.push({ x, y, flux: 450 });
    const found = findCandidates(
      render(
        faint,
        () => ({ fwhm: 4.5, e: 0 }),
        () => 0,
        5,
        22,
      ),
      psfStamp(4.5),
      { threshold: 4 },
    );
    const pulls = faint.flatMap(({ x, y, flux }) =>
      found
        .filter((one) => Math.hypot(one.x - x, one.y - y) < 2)
        .map((one) => (one.flux - flux) / one.fluxError),
    );
    expect(pulls.length).toBeGreaterThan(0.9 * faint.length);
    const mean = pulls.reduce((sum, v) => sum + v, 0) / pulls.length;
    // the highest pixel of a peak is a little high by choice
    expect(Math.abs(mean)).toBeLessThan(0.6);
    const spread = Math.sqrt(pulls.reduce((sum, v) => sum + (v - mean) ** 2, 0) / pulls.length);
    expect(spread).toBeGreaterThan(0.75);
    expect(spread).toBeLessThan(1.25);
  });

  it('says how much of a source at the edge it has seen, and nothing of an empty image', () => {
    const edge = render(
      [{ x: 4, y: 100, flux: 3000 }],
      () => ({ fwhm: 4.5, e: 0 }),
      () => 0,
      5,
      23,
    );
    for (let y = 0; y < height; y++) edge.image.data.fill(NaN, y * width, y * width + 4);
    const [first] = findCandidates(edge, psfStamp(4.5));
    expect(first.coverage).toBeLessThan(0.8);
    const nothing = { width: 40, height: 40, data: new Float32Array(1600).fill(NaN) };
    expect(findCandidates({ image: nothing, variance: nothing }, psfStamp(4.5))).toEqual([]);
  });
});

describe('properDifference', () => {
  const one = (sources: readonly Source[], fwhm: number, sigma: number, seed: number) => ({
    image: render(
      sources,
      () => ({ fwhm, e: 0 }),
      () => 0,
      sigma,
      seed,
    ).image,
    psf: psfStamp(fwhm),
    sigma,
  });
  const scaled = stars.map((star) => ({ ...star, flux: 1.3 * star.flux }));
  const result = properDifference(
    { ...one([...scaled, ...transients], 4.5, 5, 31), fluxScale: 1.3 },
    { ...one(stars, 3, 2, 32), fluxScale: 1 },
  );
  const far = (x: number, y: number, from: readonly Source[], r: number) =>
    from.every((source) => Math.hypot(source.x - x, source.y - y) > r);

  it('is white noise of unit variance where nothing is', () => {
    const values: number[] = [];
    let [lag, n] = [0, 0];
    for (let y = 20; y < height - 20; y++)
      for (let x = 20; x < width - 20; x++) {
        if (!far(x, y, [...stars, ...transients], 22)) continue;
        const value = result.image.data[y * width + x];
        values.push(value);
        lag += value * result.image.data[y * width + x + 1];
        n++;
      }
    const variance = values.reduce((sum, v) => sum + v * v, 0) / n;
    expect(n).toBeGreaterThan(3000);
    expect(variance).toBeGreaterThan(0.9);
    expect(variance).toBeLessThan(1.1);
    expect(Math.abs(lag / n / variance)).toBeLessThan(0.06);
  });

  it('gives a transient the significance of the best filter on both, and constant stars none', () => {
    let [sum, power] = [0, 0];
    for (const p of result.psf.data) {
      sum += p;
      power += p * p;
    }
    expect(sum).toBeCloseTo(1, 2);
    // F_D: 1.3 / √(5² · 1 + 2² · 1.3²)
    expect(result.fluxScale).toBeCloseTo(1.3 / Math.sqrt(25 + 4 * 1.69), 5);
    for (const { x, y, flux } of transients) {
      let best = 0;
      for (let v = -1; v <= 1; v++)
        for (let u = -1; u <= 1; u++) {
          const value = result.score.data[(Math.round(y) + v) * width + Math.round(x) + u] * Math.sign(flux);
          best = Math.max(best, value);
        }
      // in units of the true flux, by D's flux scale and its matched filter; up to half a pixel from a pixel's middle costs some per cent
      const expected = (Math.abs(flux) / 1.3) * result.fluxScale * Math.sqrt(power);
      expect(best).toBeGreaterThan(0.93 * expected - 4);
      expect(best).toBeLessThan(1.02 * expected + 4);
    }
    const onStars = stars
      .filter((star) => star.x > 20 && star.x < width - 20 && star.y > 20 && star.y < height - 20)
      .filter((star) => far(star.x, star.y, transients, 25))
      .map((star) => Math.abs(result.score.data[Math.round(star.y) * width + Math.round(star.x)]));
    expect(Math.max(...onStars)).toBeLessThan(5);
  });

  it('makes no candidate of a star that is masked on one image', () => {
    const masked = one(stars, 3, 2, 32);
    const { x, y } = stars.find(
      (star) => far(star.x, star.y, transients, 60) && star.x > 100 && star.y > 100,
    )!;
    const [cx, cy] = [Math.round(x), Math.round(y)];
    for (let v = -6; v <= 6; v++)
      masked.image.data.fill(NaN, (cy + v) * width + cx - 6, (cy + v) * width + cx + 7);
    const { image, score } = properDifference(
      { ...one(scaled, 4.5, 5, 31), fluxScale: 1.3 },
      { ...masked, fluxScale: 1 },
    );
    expect(image.data[cy * width + cx]).toBeNaN();
    expect(image.data[cy * width + cx - 6 - 15]).toBeNaN();
    let highest = 0;
    for (let v = -45; v <= 45; v++)
      for (let u = -45; u <= 45; u++) {
        const value = score.data[(cy + v) * width + cx + u];
        if (value === value) highest = Math.max(highest, Math.abs(value));
      }
    expect(highest).toBeLessThan(5.5);
  });

  it('is of unit noise for equal, well-sampled PSFs, too', () => {
    const { normal } = generator(51);
    const gauss = new Float32Array(31 * 31).map((_, i) =>
      Math.exp(-(((i % 31) - 15) ** 2 + (Math.floor(i / 31) - 15) ** 2) / (2 * 2.2 ** 2)),
    );
    const total = gauss.reduce((sum, v) => sum + v, 0);
    const psf = { width: 31, height: 31, data: gauss.map((v) => v / total) };
    const noise = (sigma: number) => ({
      image: { width: 128, height: 128, data: new Float32Array(128 * 128).map(() => sigma * normal()) },
      ...{ psf, sigma, fluxScale: 1 },
    });
    const { image } = properDifference(noise(3), noise(2));
    const values = image.data.filter((v) => v === v);
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    expect(variance).toBeGreaterThan(0.85);
    expect(variance).toBeLessThan(1.15);
  });

  it('has no value within a PSF of a hole or the edge', () => {
    expect(result.image.data[160 * width + 14]).toBeNaN();
    expect(result.image.data[160 * width + 15]).not.toBeNaN();
    expect(result.image.data[(height - 15) * width + 100]).toBeNaN();
    expect(result.image.data[(height - 16) * width + 100]).not.toBeNaN();
  });
});

describe('alignStars and resample', () => {
  const turned: Affine = [1.001, 0.002, 7.3, -0.002, 0.999, -11.6];
  const move = ({ x, y }: Source) => ({
    x: turned[0] * x + turned[1] * y + turned[2],
    y: turned[3] * x + turned[4] * y + turned[5],
  });
  const list = (sources: readonly { x: number; y: number }[]) => ({
    count: sources.length,
    x: sources.map(({ x }) => x),
    y: sources.map(({ y }) => y),
  });

  it('find a shift, a small turn and a scale past stars that only one image has', () => {
    const { uniform, normal } = generator(41);
    const from = [
      ...stars,
      ...Array.from({ length: 15 }, () => ({ x: width * uniform(), y: height * uniform(), flux: 1 })),
    ];
    const to = [
      ...stars
        .map((star) => move(star))
        .map(({ x, y }) => ({ x: x + 0.05 * normal(), y: y + 0.05 * normal() })),
      ...Array.from({ length: 15 }, () => ({ x: width * uniform(), y: height * uniform() })),
    ];
    const found = alignStars(list(from), list(to))!;
    expect(found.pairs.length).toBeGreaterThan(0.9 * stars.length);
    expect(found.rms).toBeLessThan(0.1);
    for (const star of stars) {
      const { x, y } = move(star);
      const [u, v] = applyAffine(found.transform, star.x, star.y);
      expect(Math.hypot(u - x, v - y)).toBeLessThan(0.1);
    }
    expect(alignStars(list(from), list(to.slice(-3)))).toBeNull();
    for (let field = 0; field < 20; field++) {
      const random = () =>
        list(Array.from({ length: 120 }, () => ({ x: width * uniform(), y: height * uniform() })));
      expect(alignStars(random(), random())).toBeNull();
    }
    expect(alignStars(list([]), list(to))).toBeNull();
  });

  it('bring an image onto the pixels of another, flux and place', () => {
    const source = { x: 150.4, y: 120.7, flux: 10_000 };
    const { image, variance } = render(
      [source],
      () => ({ fwhm: 4, e: 0 }),
      () => 0,
      1e-3,
      42,
    );
    const moved = resample(image, variance, { width, height }, (x, y) => [x + 0.37, y - 0.21]);
    const there = render(
      [{ x: 150.03, y: 120.91, flux: 10_000 }],
      () => ({ fwhm: 4, e: 0 }),
      () => 0,
      1e-3,
      42,
    );
    let worst = 0;
    for (let y = 100; y < 140; y++)
      for (let x = 130; x < 170; x++)
        worst = Math.max(worst, Math.abs(moved.image.data[y * width + x] - there.image.data[y * width + x]));
    // the kernel of six pixels is not quite that of a band-limited image: a few thousandths of the peak of 480
    expect(worst).toBeLessThan(2.5);
    expect(moved.image.data[0]).toBeNaN();
    // interpolation averages pixels, so a pixel's variance falls
    expect(moved.variance!.data[120 * width + 150]).toBeLessThan(variance.data[0]);
    const same = resample(image, null, { width, height }, (x, y) => [x, y]);
    expect(same.variance).toBeNull();
    expect(same.image.data[120 * width + 150]).toBeCloseTo(image.data[120 * width + 150], 4);
  });
});
