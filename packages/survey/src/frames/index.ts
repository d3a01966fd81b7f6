export { embedObjects } from './embed-objects.ts';
export type { EmbedObjectsOptions, EmbedObjectsProgress, EmbedObjectsSummary } from './embed-objects.ts';
export { findObjects } from './find-objects.ts';
export { FrameNotes } from './frame-notes.ts';
export { frameColumns } from './frames-table.ts';
export { openObject } from './open-object.ts';
export type { Frame, FrameNote, ObjectFrames, ObjectSource } from './types.ts';
