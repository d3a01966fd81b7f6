import type { EvaluatedImage, EvaluationReportData } from './types.ts';

/**
 * True class by row, decided class by column. An image with several classes stands in the row of each; it counts in the
 * column of that class where it was flagged as that (too), else in that of its likeliest flagged class, else (flagged
 * without a class) in that of its likeliest class; last column: not flagged. Last row: images without any artifact. A model that tells no
 * classes apart has one column for what it flags, and a row for each class there is.
 */
export function confusionTable(
  images: readonly EvaluatedImage[],
  classNames: readonly string[],
  threshold: number,
  minimumSnr: number,
): EvaluationReportData['confusion'] {
  const isBinary = classNames.length === 0;
  const columns = [...(isBinary ? ['flagged'] : classNames), 'not flagged'];
  const present = new Set(images.flatMap(({ truth }) => truth.map(({ className }) => className)));
  const names = isBinary ? [...present].sort() : classNames;
  const rows = [...names, 'clean'];
  const counts = rows.map(() => columns.map(() => 0));
  for (const { probability, classes, flaggedClasses, truth } of images) {
    const decide = (name: string | null): number => {
      if (probability < threshold) return columns.length - 1;
      if (isBinary) return 0;
      if (name !== null && flaggedClasses.includes(name)) return classNames.indexOf(name);
      const candidates = flaggedClasses.filter((flagged) => classNames.includes(flagged));
      const among = candidates.length > 0 ? candidates : classNames;
      return classNames.indexOf(
        among.reduce((best, next) => ((classes[next] ?? 0) > (classes[best] ?? 0) ? next : best)),
      );
    };
    if (truth.length === 0) counts[names.length][decide(null)]++;
    const strong = new Set(truth.filter(({ snr }) => snr >= minimumSnr).map(({ className }) => className));
    for (const name of strong) {
      const row = names.indexOf(name);
      if (row >= 0) counts[row][decide(name)]++;
    }
  }
  return { rows, columns, counts };
}
