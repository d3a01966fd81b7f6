import type { Rng } from '../rng.ts';

/** First night of the survey's data releases: 17 March 2018. */
const firstNight = 58194;
const years = 5;

/**
 * Times of exposures of one field, MJD in growing order: five years, of each the season in which the field is up (200–290 days), nights
 * in which it is clear (two in three, in spells of some days), and in one field of four a few nights of continuous observing, 45 s apart.
 */
export function drawCadence(rng: Rng, count: number): number[] {
  const nights = clearNights(rng);
  const dense = rng.chance(0.25) ? Math.round(count * rng.uniform(0.1, 0.4)) : 0;
  const times: number[] = [];
  while (times.length < dense) {
    const run = Math.min(dense - times.length, rng.integer(15, 80));
    const start = rng.pick(nights) + rng.uniform(0.14, 0.4);
    for (let i = 0; i < run; i++) times.push(start + (i * 45) / 86_400);
  }
  // Each night once before any comes again.
  for (let left: number[] = []; times.length < count;) {
    if (left.length === 0) left = [...nights];
    const at = rng.integer(0, left.length - 1);
    times.push(left[at] + rng.uniform(0.12, 0.52));
    left[at] = left[left.length - 1];
    left.pop();
  }
  return times.sort((a, b) => a - b);
}

function clearNights(rng: Rng): number[] {
  const opens = firstNight + rng.uniform(0, 365);
  const length = rng.uniform(200, 290);
  const nights: number[] = [];
  let clear = true;
  for (let year = -1; year < years; year++)
    for (let day = 0; day < length; day++) {
      clear = rng.chance(clear ? 0.85 : 0.3);
      const night = Math.floor(opens + 365.25 * year + day);
      if (clear && night >= firstNight && night < firstNight + 365.25 * years) nights.push(night);
    }
  return nights;
}
