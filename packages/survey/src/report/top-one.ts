import { groupedProportion } from '@blemish/evaluate';
import type { BootstrapOptions, Interval } from '@blemish/evaluate';
import type { EvaluatedImage } from './types.ts';

/**
 * Whether the likeliest class is the right one, over images with a single class at signal-to-noise ≥ `minimumSnr` (others may be there,
 * fainter) that is among `classNames`:
 *
 * - `top1_accuracy`: the likeliest of these classes; none is no answer, since each of these images has one.
 * - `top1_majority_accuracy`: what always answering the commonest class of these images gives.
 * - `top1_with_none_accuracy`: "No artifact" may be answered too, and is wrong.
 *
 * @param isNone whether the model says "No artifact" of an image rather than the class it finds likeliest.
 */
export function topOne(
  images: readonly EvaluatedImage[],
  classNames: readonly string[],
  minimumSnr: number,
  isNone: (image: EvaluatedImage, likeliest: string) => boolean,
  options: BootstrapOptions,
): Record<'top1_accuracy' | 'top1_majority_accuracy' | 'top1_with_none_accuracy', Interval> {
  if (classNames.length === 0) {
    const none: Interval = { value: null, reason: 'the model tells no classes apart' };
    return { top1_accuracy: none, top1_majority_accuracy: none, top1_with_none_accuracy: none };
  }
  const single = images.map(({ truth }) => {
    const strong = new Set(truth.filter(({ snr }) => snr >= minimumSnr).map(({ className }) => className));
    const [name] = strong;
    return strong.size === 1 && classNames.includes(name) ? name : null;
  });
  const member = single.map((name) => (name === null ? 0 : 1));
  const share = (isHit: (image: EvaluatedImage, name: string) => boolean): Interval =>
    groupedProportion(
      images.map((image, i) => (single[i] !== null && isHit(image, single[i]) ? 1 : 0)),
      member,
      images.map(({ group }) => group),
      options,
    );
  const likeliest = ({ classes }: EvaluatedImage) =>
    classNames.reduce((best, next) => ((classes[next] ?? 0) > (classes[best] ?? 0) ? next : best));
  const counts = classNames.map((name) => single.filter((own) => own === name).length);
  const commonest = classNames[counts.indexOf(Math.max(...counts))];
  return {
    top1_accuracy: share((image, name) => likeliest(image) === name),
    top1_majority_accuracy: share((_, name) => name === commonest),
    top1_with_none_accuracy: share((image, name) => likeliest(image) === name && !isNone(image, name)),
  };
}
