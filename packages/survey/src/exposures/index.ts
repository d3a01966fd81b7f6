export { ccdViews } from './ccd-views.ts';
export type { CcdPixels } from './ccd-views.ts';
export { defaultViews, viewChannels, viewSettings } from './view-settings.ts';
export type { ViewSettings } from './view-settings.ts';
