export { compareSegmentation } from './compare-segmentation.ts';
export type { SegmentationComparison } from './compare-segmentation.ts';
export { crossvalPictures } from './crossval-pictures.ts';
export type { PictureCrossval } from './crossval-pictures.ts';
export { evaluatePictures } from './evaluate-pictures.ts';
export type { PictureEvaluation } from './evaluate-pictures.ts';
export type { AnswerFigures, PictureFigures } from './measure-pictures.ts';
export { trainSegmentation } from './train-segmentation.ts';
