// Detection of injected point sources in difference images of simulated patches: efficiency against magnitude and host brightness, false candidates, flux.
//   npx tsx bench/stamps/detection.ts [--patches 60] [--seed 900000]
import { parseArgs } from 'node:util';
import { proportionInterval } from '@blemish/evaluate';
import { studyDetection } from '@blemish/sky';
import type { InjectedSource } from '@blemish/sky';

const { values } = parseArgs({
  options: { patches: { type: 'string', default: '60' }, seed: { type: 'string', default: '900000' } },
});
const magnitudes = [17, 18, 19, 19.5, 20, 20.5, 21, 21.5] as const;
/** Magnitudes per square arcsecond; the last of them is what no host, or hardly one, is under. */
const hosts: readonly (readonly [name: string, low: number, high: number])[] = [
  ['no host', NaN, NaN],
  ['> 23', 23, Infinity],
  ['22–23', 22, 23],
  ['21–22', 21, 22],
  ['20–21', 20, 21],
  ['< 20', -Infinity, 20],
];

const sources: InjectedSource[] = [];
const falseCandidates: number[] = [];
const falsePositive: number[] = [];
let [patches, skipped] = [0, 0];
for (let seed = Number(values.seed); patches < Number(values.patches); seed++) {
  const study = studyDetection(seed, [magnitudes[0], magnitudes[magnitudes.length - 1]]);
  if (study === null) {
    skipped++;
    continue;
  }
  patches++;
  sources.push(...study.sources);
  falseCandidates.push(study.falseCandidates);
  falsePositive.push(study.falsePositive);
}

const isOn = ({ surfaceBrightness }: InjectedSource, [, low, high]: (typeof hosts)[number]) =>
  surfaceBrightness === null ? Number.isNaN(low) : surfaceBrightness >= low && surfaceBrightness < high;
console.log(
  `${sources.length} sources in ${patches} simulated patches (${skipped} without stars enough); threshold 5 σ`,
);
console.log(
  `\nShare detected, with the 95 % interval of Clopper and Pearson; host at the source's place in mag/arcsec²\n`,
);
console.log(`| magnitude | ${hosts.map(([name]) => name).join(' | ')} |`);
console.log(`| --- |${' --- |'.repeat(hosts.length)}`);
for (let k = 0; k + 1 < magnitudes.length; k++) {
  const [low, high] = [magnitudes[k], magnitudes[k + 1]];
  const cells = hosts.map((host) => {
    const some = sources.filter((one) => one.magnitude >= low && one.magnitude < high && isOn(one, host));
    const share = proportionInterval(some.filter(({ detected }) => detected).length, some.length);
    if (share.value === null) return '–';
    return `${share.value.toFixed(2)} (${share.low.toFixed(2)}–${share.high.toFixed(2)}, ${some.length})`;
  });
  console.log(`| ${low}–${high} | ${cells.join(' | ')} |`);
}
const found = sources.filter(({ fluxRatio, detected }) => detected && fluxRatio !== null);
const median = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const mean = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
for (const [name, counts] of [
  ['False candidates', falseCandidates],
  ['of them of more light', falsePositive],
] as const)
  console.log(`${name}: median ${median(counts)}, mean ${mean(counts).toFixed(1)} a patch of 480 × 480 px`);
// faint ones are only found where noise helps them
for (const [name, some] of [
  ['all', found],
  ['brighter than 19', found.filter(({ magnitude }) => magnitude < 19)],
  [
    'brighter than 19, no host or fainter than 22',
    found.filter((one) => one.magnitude < 19 && (one.surfaceBrightness ?? 99) > 22),
  ],
] as const) {
  const pulls = some.map((one) => (one.fluxRatio! - 1) / one.fluxRatioError!);
  console.log(
    `Flux over the true one, ${name}: median ${median(some.map((one) => one.fluxRatio!)).toFixed(3)}, ` +
      `pull ${median(pulls).toFixed(2)} ± ${(1.4826 * median(pulls.map((pull) => Math.abs(pull - median(pulls))))).toFixed(2)} of ${some.length}; ` +
      `place off by ${median(some.map((one) => one.distance!)).toFixed(2)} px`,
  );
}
