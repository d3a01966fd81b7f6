export { trainViews } from './train-views.ts';
