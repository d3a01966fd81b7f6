import type { SegmentationDescription } from '../bundle-description.ts';
import { formatNumber } from '../report/format.ts';

/** The README of a model that marks pixels of pictures. */
export function pictureCard(d: SegmentationDescription): string {
  const { auc, iou } = d.validationMetrics;
  return `# ${d.name} ${d.version}

Says for each pixel of a picture of ${d.input.size} × ${d.input.size} pixels how probably a majority of annotators would mark it. Trained on ${d.trainedOn}

On ${d.validation}: ROC AUC over tiles of ${d.input.tile} pixels ${formatNumber(auc)}, intersection over union of the pixels ${formatNumber(iou)}. That is no test.

Measure it on annotated pictures it has not seen: \`blemish evaluate ${d.name} --data DIR\`. Train from it: \`start = "…"\` in a recipe of the task segmentation.
`;
}
