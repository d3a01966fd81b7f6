export { defaultViews, viewChannels, viewSettings } from './view-settings.ts';
export type { ViewSettings } from './view-settings.ts';
