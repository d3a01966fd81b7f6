import { serve, workerSettings } from '@blemish/engine/workers';
import { openBundle } from '../bundle.ts';
import { openClassifier } from '../ccd-images/classifier.ts';
import { binCcd, greyImage } from '../preprocess/binned-ccd.ts';
import type { ManifestRow } from './manifest.ts';
import { readCcd } from './read-ccd.ts';
import type { EvaluatedCcd, EvaluationSettings } from './worker.ts';

const { folder, bundlePath } = workerSettings<EvaluationSettings>();
const bundle = await openBundle(bundlePath, 'ccd-image');
const classifier = await openClassifier(bundle, 1);
const { preprocess, input, classes } = bundle.description;

serve<ManifestRow, EvaluatedCcd>(async (row) => {
  const { plane, mask } = await readCcd(folder, row);
  const refused = (reason: string): EvaluatedCcd => {
    return { probability: null, reason, classes: {}, flaggedClasses: [], overlaps: [] };
  };
  const [width, height] = [plane.width, plane.height].map((size) => Math.ceil(size / preprocess.bin));
  if (width !== input.width || height !== input.height) {
    return refused(`${width} × ${height} bins where the model takes ${input.width} × ${input.height}`);
  }
  const binned = binCcd(plane, mask, preprocess.mesh);
  if (binned === null) return refused('no usable pixel');
  const [none, ...artifacts] = (await classifier.predict(greyImage(binned, preprocess))).probabilities;
  const named = classes.length === 2 ? [] : classes.slice(1);
  return {
    probability: Math.min(1, Math.max(0, 1 - none)),
    reason: null,
    classes: Object.fromEntries(named.map((name, k) => [name, artifacts[k]])),
    flaggedClasses: named.length === 0 ? [] : [named[artifacts.indexOf(Math.max(...artifacts))]],
    overlaps: [],
  };
});
