import type { CcdImageDescription } from '../bundle-description.ts';

/** The accuracy that the DES whole-CCD paper reports of its method, on real data. */
export function paperAccuracy({
  learner,
  classes,
}: Pick<CcdImageDescription, 'learner' | 'classes'>): string {
  if (learner === 'svm') return '50 %';
  return classes.length === 2 ? '67 %' : '52 % (of 29 classes)';
}
