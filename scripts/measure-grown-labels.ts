// How well artifacts are grown from one labelled pixel: `npx tsx scripts/measure-grown-labels.ts SEED N [FIRST]`.
// N simulated CCDs of full size with two local classes each; the pixel is drawn by the noise model of labels (missed ones left out); grown masks
// are compared with the truth of artifacts with a signal-to-noise above 5. Prints IoU by class and by extent.
import { intersectionOverUnion, maskOverlap } from '@blemish/evaluate';
import { planExposure, recycleCcd, simulateCcd, simulatedClasses, stream } from '@blemish/sky';
import { growLabel, labelledCcd } from '../packages/survey/src/labels/grow-label.ts';
import { defaultLabelNoise, drawPointLabels } from '../packages/survey/src/labels/point-labels.ts';
import { blemishCcd, overlapTolerance } from '../packages/survey/src/taxonomy.ts';

const [seed, n, first = 0] = process.argv.slice(2).map(Number);
const local = blemishCcd.filter(({ name, extent }) => extent !== 'ccd' && simulatedClasses.includes(name));
/** Reports of wrong class or place tell nothing of growing. */
const noise = { ...defaultLabelNoise, wrongClass: 0, wrongPlace: 0, spurious: 0 };
const found = new Map<string, number[]>();

for (let i = first; i < n; i++) {
  const classes = [local[i % local.length], local[(i * 7 + 3) % local.length]].map(({ name }) => name);
  const plan = planExposure({ seed: seed + i, ccds: 1, artifacts: [...new Set(classes)] });
  const made = simulateCcd(plan, 0);
  const { width, height } = made.image;
  const rng = stream(seed + i, 'grown labels');
  const mask = new Uint8Array(width * height);
  for (let at = 0; at < mask.length; at++) mask[at] = made.mask[at] === 0 ? 0 : 1;
  const ccd = labelledCcd(made.image, mask);
  for (const klass of local) {
    const own = made.truth.filter(({ className, snr }) => className === klass.name && snr > 5);
    if (own.length === 0 || ccd === null) continue;
    const bit = 1 << simulatedClasses.indexOf(klass.name);
    const truth = new Uint8Array(width * height);
    const places: number[] = [];
    for (let at = 0; at < truth.length; at++) {
      if ((made.truthBits[at] & bit) === 0) continue;
      truth[at] = 1;
      places.push(at);
    }
    if (places.length === 0) continue;
    // People click on what they see: not under the pipeline's mask, unless that is what they mean.
    const seen = klass.name === 'Excessive mask' ? places : places.filter((at) => mask[at] === 0);
    if (seen.length === 0) continue;
    const at = rng.pick(seen);
    const pixel = [at % width, Math.floor(at / width)] as const;
    const reports = drawPointLabels(
      [{ className: klass.name, snr: own[0].snr, pixel }],
      width,
      height,
      rng,
      noise,
    );
    if (reports.length === 0) continue;
    const started = performance.now();
    const grown = growLabel(klass, ccd, reports[0].pixel);
    const [overlap] = maskOverlap(truth, grown, {
      ...{ width, height, bits: [0], tolerance: [overlapTolerance(klass) ?? 0] },
    });
    const iou = intersectionOverUnion(overlap).value ?? 0;
    found.set(klass.name, [...(found.get(klass.name) ?? []), iou]);
    const area = grown.reduce((sum, value) => sum + value, 0);
    console.error(
      `${seed + i} ${klass.name} snr ${own[0].snr.toFixed(1)} iou ${iou.toFixed(3)} truth ${places.length} grown ${area} (${own.length} events, ${(performance.now() - started).toFixed(0)} ms)`,
    );
  }
  recycleCcd(made);
}

const line = (name: string, values: readonly number[]): void => {
  const sorted = [...values].sort((a, b) => a - b);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  console.log(
    `${name.padEnd(16)} n ${String(values.length).padStart(3)}  mean ${mean.toFixed(3)}  median ${sorted[sorted.length >> 1].toFixed(3)}`,
  );
};
for (const { name } of local) if (found.has(name)) line(name, found.get(name)!);
for (const extent of ['region', 'line', 'column', 'pixel'] as const) {
  const values = local
    .filter((klass) => klass.extent === extent)
    .flatMap(({ name }) => found.get(name) ?? []);
  if (values.length > 0) line(`(${extent})`, values);
}
