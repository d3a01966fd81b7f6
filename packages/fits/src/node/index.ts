export { openFileSource, openFitsFile } from './file-source.ts';
