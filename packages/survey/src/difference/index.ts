export { difference } from './difference.ts';
export type { DifferenceSummary } from './difference.ts';
export { candidateColumns, differenceStampColumns } from './candidate-columns.ts';
export { alignments, convolved, differenceMethods } from './options.ts';
export type { AlignmentKind, Convolved, DifferenceMethod, DifferenceOptions } from './options.ts';
export { differenceBits } from './mask-values.ts';
export { efficiencyColumns, fakeColumns, missedColumns } from './measure-efficiency.ts';
export type { Efficiency, EfficiencyBin } from './measure-efficiency.ts';
