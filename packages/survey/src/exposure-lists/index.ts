export { wordRules } from './category-words.ts';
export { exposureLabelColumns, machineAnalyst } from './exposure-label.ts';
export type { ExposureLabel, ReadList, Verdict } from './exposure-label.ts';
export { importLists } from './import-lists.ts';
export type { ImportedLists, ImportListsOptions } from './import-lists.ts';
export { exposureListFormats, parseExposureList, readExposureList } from './read-exposure-list.ts';
export type { ExposureListFormat, ReadExposureListOptions } from './read-exposure-list.ts';
