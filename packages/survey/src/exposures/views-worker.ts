import { serve } from '@blemish/engine/workers';
import { OpenFiles } from '../scan/open-files.ts';
import { fileViews } from './file-views.ts';
import type { FileViews, FileViewsTask } from './file-views.ts';

/** A thread of `dataset views`: reads one file after the other. */
const files = new OpenFiles();

serve<FileViewsTask, FileViews>(
  (task) => fileViews(files, task),
  ({ pixels }) => [pixels.buffer as ArrayBuffer],
);
