export type { Plane } from './plane.ts';
export { createPlane } from './plane.ts';
export type { Background, BackgroundOptions } from './background.ts';
export { estimateBackground } from './background.ts';
export { renderBackground, renderRms, subtractBackground } from './render-background.ts';
export type { BinnedStatistics, BinStatisticsOptions } from './bin-statistics.ts';
export { binStatistics } from './bin-statistics.ts';
