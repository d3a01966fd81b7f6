export { openFileSource, openFitsFile } from './file-source.ts';
export { FitsWriter } from './fits-writer.ts';
