/**
 * Every coded error of a scan, a training or an evaluation: what it means, what to do, and the exit code of a command that could do
 * nothing else because of it (1: an input failed, the others went on; 2: wrong usage; 3: nothing could be done). One table: messages,
 * exit codes and the reference page derive from it.
 */
export interface ErrorEntry {
  readonly meaning: string;
  readonly remedy: string;
  readonly exitCode: 1 | 2 | 3;
}

export const errorTable = {
  INPUT_NOT_FOUND: {
    meaning: 'a path given does not exist or cannot be read',
    remedy: 'check the path and its permissions',
    exitCode: 3,
  },
  NO_INPUT: {
    meaning: 'nothing to scan was found',
    remedy:
      'give FITS files (.fits .fit .fts .fz .fits.gz), folders that hold some, or a list file with one path per line',
    exitCode: 3,
  },
  NOT_FITS_NAME: {
    meaning: 'a file given by name is neither FITS nor a list of files',
    remedy:
      'give a file ending in .fits .fit .fts .fz or .fits.gz, or a list of paths ending in .txt, .lst or .list (any other name: put @ before it)',
    exitCode: 1,
  },
  LIST_FILE_INVALID: {
    meaning: 'a list file cannot be read as text, or lists itself',
    remedy: 'write one path per line, # before comments',
    exitCode: 1,
  },
  HDU_NOT_FOUND: {
    meaning: 'the file has no such HDU',
    remedy: 'choose one of the HDUs listed, by number (0 is the primary) or by EXTNAME',
    exitCode: 1,
  },
  HDU_NOT_IMAGE: {
    meaning: 'the HDU asked for is not an image',
    remedy: 'choose an HDU with a two-dimensional image',
    exitCode: 1,
  },
  IMAGE_SHAPE: {
    meaning: 'the image is empty or not two-dimensional',
    remedy: 'give a two-dimensional image of at least 1 × 1 pixel; split a cube into planes first',
    exitCode: 1,
  },
  IMAGE_ALL_NAN: {
    meaning: 'no pixel of the image has a value',
    remedy: 'check the reduction that wrote it, or leave the HDU out',
    exitCode: 1,
  },
  MASK_SHAPE: {
    meaning: 'the mask or weight beside an image has another shape than the image',
    remedy: 'put the matching companion file beside the image, or move the wrong one away',
    exitCode: 1,
  },
  MASK_UNREADABLE: {
    meaning: 'the mask or weight beside an image cannot be read',
    remedy: 'restore the companion file, or move it away to scan the image without a mask',
    exitCode: 1,
  },
  READ_FAILED: {
    meaning: 'the file could not be read',
    remedy: 'check that it is complete and readable (fitsverify, ls -l), then run again with --resume',
    exitCode: 1,
  },
  ANALYSIS_FAILED: {
    meaning: 'the analysis of one image stopped unexpectedly',
    remedy: 'run again with --resume; if it stays, report the message with the file',
    exitCode: 1,
  },
  WORKER_DIED: {
    meaning: 'a worker thread stopped, most often for want of memory',
    remedy: 'run again with --resume and fewer --threads',
    exitCode: 1,
  },
  MODEL_NOT_FOUND: {
    meaning: 'the model asked for does not exist',
    remedy: 'give a bundle folder (with model.json) or a name that `blemish model list` shows',
    exitCode: 2,
  },
  MODEL_INVALID: {
    meaning: 'the model bundle is damaged or of another format',
    remedy: 'restore the bundle folder or train it again',
    exitCode: 3,
  },
  MODEL_TASK: {
    meaning: 'the model is for another task than the command',
    remedy: 'choose a model of the task needed (`blemish model list`)',
    exitCode: 2,
  },
  IMPORT_INVALID: {
    meaning: 'the files of a model to import are missing, damaged, or do not fit together',
    remedy: 'see docs/guide/import-a-model.md for what can be imported',
    exitCode: 2,
  },
  EXPORT_REFUSED: {
    meaning: 'the model uses what plain ONNX of opset 17 does not have',
    remedy: 'export it from the program that made it with opset 17 and standard operators, and import that',
    exitCode: 3,
  },
  NO_STAMPS: {
    meaning: 'nothing that a model for stamps could read was found',
    remedy:
      'give alerts (.avro, .parquet), arrays (.npy, .npz, .h5), FITS stamps, or folders of alerts and FITS stamps',
    exitCode: 3,
  },
  ARRAY_INVALID: {
    meaning: 'an npy, npz or HDF5 file is damaged or holds no array of real numbers',
    remedy: 'write it again with numpy.save, numpy.savez or h5py',
    exitCode: 1,
  },
  STAMP_SHAPE: {
    meaning: 'stamps have another size or number of channels than the model takes',
    remedy: 'cut, pad or reorder them to that, or take another model (`blemish model show` tells its input)',
    exitCode: 1,
  },
  ALERT_DAMAGED: {
    meaning: 'a file of alerts, or a piece of it, cannot be read; its other alerts are scored',
    remedy: 'get the file again, or leave it out',
    exitCode: 1,
  },
  STAMP_NO_ANSWER: {
    meaning: 'the network gave no finite number for a stamp',
    remedy:
      'check its pixels for absurd values, and that the model is used with the preprocessing it was trained with',
    exitCode: 1,
  },
  STAMP_SET_INVALID: {
    meaning: 'the files of a set of stamps are missing, or do not fit together',
    remedy:
      'give a folder with stamps.npy [N, H, W, C] and stamps.csv, one row for each stamp in its order, and truth.npy [N, H, W] where truth is asked for',
    exitCode: 3,
  },
  VIEWS_REFUSED: {
    meaning:
      'views of CCDs cannot be learned from: too few to hold some out, or of a size that does not fit the recipe',
    remedy: 'take a larger set, or the sizes of patch and crops that the message names',
    exitCode: 3,
  },
  EMBEDDINGS_COLLAPSED: {
    meaning:
      'a training without labels gave all CCDs nearly the same embedding and was stopped; its report shows how',
    remedy:
      'change what the message names, or the bounds in the recipe (collapse), and train again with --force',
    exitCode: 3,
  },
  EXPLAIN_UNSUPPORTED: {
    meaning: 'the way of explaining asked for does not work with this network',
    remedy: 'choose --method occlusion or scorecam, which need no gradient, or another --layer',
    exitCode: 2,
  },
  EXPLAIN_LAYER: {
    meaning: 'the network has no layer of the name given',
    remedy: 'choose one of those listed with --layer, or leave it out for the last',
    exitCode: 2,
  },
  EXPLAIN_CLASS: {
    meaning: 'the network has no class of the name given',
    remedy: 'choose one of those listed with --class, or leave it out for the one the network decides for',
    exitCode: 2,
  },
  SEQUENCE_SHORT: {
    meaning: 'an object has no frame that can be used, or fewer than a sequence needs',
    remedy: 'add frames, take the object out, or lower --min-frames',
    exitCode: 1,
  },
  FRAME_NO_TIME: {
    meaning: 'a frame does not say when it was observed, though others of its object do',
    remedy: 'write MJD-OBS into its header, or take the frame out',
    exitCode: 1,
  },
  FRAME_NOT_PLACED: {
    meaning: 'a frame smaller than the model takes cannot be put in its place around the object',
    remedy:
      'give it a WCS, and the position of the object as RA and DEC in degrees, or pad it to the full size',
    exitCode: 1,
  },
  OBJECT_TWICE: {
    meaning: 'two inputs hold frames of one object, or frames lie beside the folders of objects',
    remedy: 'put all frames of an object into one folder of its own, named as the object is',
    exitCode: 1,
  },
  FRAMES_REFUSED: {
    meaning: 'there are too few frames or objects to train on',
    remedy: 'add objects, or lower data.validation in the recipe',
    exitCode: 3,
  },
  FRAMES_MISSING: {
    meaning: 'rows have no frames that can be used where the recipe needs them',
    remedy: 'make the arrays with `blemish embed`, or leave such rows out with data.frames.missing = "skip"',
    exitCode: 3,
  },
  OPTION_INVALID: {
    meaning: 'an option has a value outside its range, or excludes another one given',
    remedy: 'see --help of the command',
    exitCode: 2,
  },
  OUTPUT_UNWRITABLE: {
    meaning: 'the output folder cannot be written',
    remedy: 'choose another --out or change its permissions',
    exitCode: 3,
  },
  OUTPUT_EXISTS: {
    meaning: 'the output exists already',
    remedy: 'choose another --out, or add --force to replace it',
    exitCode: 2,
  },
  DISK_FULL: {
    meaning: 'the disk that holds the output is full',
    remedy: 'free space or choose another --out; what was finished is kept, --resume goes on from there',
    exitCode: 3,
  },
  RESUME_MISMATCH: {
    meaning: 'the folder to resume was written with other settings or another model',
    remedy: 'use the same settings, or scan into a new folder without --resume',
    exitCode: 2,
  },
  RESUME_DAMAGED: {
    meaning: 'the journal of the scan to resume cannot be read',
    remedy: 'scan again without --resume',
    exitCode: 2,
  },
  SHARDS_MISMATCH: {
    meaning: 'folders to be joined are not the parts of one scan',
    remedy:
      'give the --out folders of `blemish scan --shard I/N` with the same inputs, model, threshold and N, each part once; or whole scans with one model and threshold that have no file in common',
    exitCode: 2,
  },
  SHARDS_INCOMPLETE: {
    meaning: 'parts of a scan are missing or not finished',
    remedy: 'run them again with --resume, or join what there is with --partial',
    exitCode: 2,
  },
  RECIPE_INVALID: {
    meaning: 'a recipe is missing or wrong',
    remedy: 'compare it with those in recipes/',
    exitCode: 2,
  },
  DATASET_INVALID: {
    meaning: 'a dataset lacks its manifest or truth, or they are wrong',
    remedy: 'make it with `blemish simulate exposures`, or restore its manifest.csv and truth/',
    exitCode: 2,
  },
  EVALUATION_INVALID: {
    meaning: 'a folder holds no figures that can stand in the table, or figures of other stamps',
    remedy:
      'measure all models on one set (`blemish evaluate MODEL --data SET --out DIR`) and compare those folders',
    exitCode: 2,
  },
  TABLE_UNREADABLE: {
    meaning: 'a file cannot be read as a table',
    remedy: 'give a table as .csv, .tsv, .dat, .parquet, .h5, .npz or .fits that opens elsewhere',
    exitCode: 3,
  },
  TABLE_EMPTY: {
    meaning: 'a table has no rows',
    remedy: 'check the program that wrote it, or name another file',
    exitCode: 3,
  },
  TABLE_RAGGED: {
    meaning: 'the rows of a table, or its columns, differ in length',
    remedy: 'write missing values as empty fields and put quotes around fields that hold commas',
    exitCode: 3,
  },
  TABLE_COLUMN_DUPLICATE: {
    meaning: 'two columns of a table have one name',
    remedy: 'rename or remove one of them',
    exitCode: 3,
  },
  TABLE_COLUMN_MISSING: {
    meaning: 'a column that is needed is not in the table',
    remedy: 'correct the name in the recipe, or add the column to the table',
    exitCode: 2,
  },
  TABLE_CELL_EMPTY: {
    meaning: 'a cell is empty that says where a row belongs: its group, class, time or place',
    remedy: 'fill the cell, or take the row out of the table',
    exitCode: 3,
  },
  TABLE_TEXT: {
    meaning: 'text stands in a column of numbers',
    remedy:
      'correct the cell, leave it empty where the value is missing, or leave the column out (`exclude` in the recipe)',
    exitCode: 3,
  },
  TABLE_VALUES: {
    meaning: 'a column of features cannot be learned from as it is',
    remedy: 'leave the column out (`exclude` in the recipe), correct the values, or add an `impute` step',
    exitCode: 3,
  },
  TABLE_REFUSED: {
    meaning: 'a step or learner of a recipe cannot do with these rows',
    remedy: "change the rows, or the step's or learner's options in the recipe",
    exitCode: 3,
  },
  TABLE_LABELS: {
    meaning: 'the labels of a table cannot be learned from or measured against',
    remedy: 'correct or add rows; `blemish dataset info` counts the classes',
    exitCode: 3,
  },
  DATASET_SEEN: {
    meaning: 'a model would be measured on rows it was trained on',
    remedy:
      'give rows that the training has not seen; `blemish crossval` measures on the training rows honestly',
    exitCode: 2,
  },
  LABELS_INVALID: {
    meaning: 'a file of labels is not of the format that its name or its place says',
    remedy: 'export the labels again from the program that made them, or take the file away',
    exitCode: 1,
  },
  LIST_LINE: {
    meaning: 'a line of a list of exposures cannot be read; the others are taken',
    remedy: 'correct the line, or take it out of the list',
    exitCode: 1,
  },
  LABELS_REFUSED: {
    meaning: 'labels do not fit the images they are for, so nothing was learned from them',
    remedy: 'correct them; `blemish dataset check` names every one',
    exitCode: 3,
  },
  LABELS_WITHOUT_IMAGE: {
    meaning: 'labels name an image that is not there',
    remedy: 'add the image under the name that the labels give it, or take the labels away',
    exitCode: 1,
  },
  IMAGE_UNLABELLED: {
    meaning: 'no annotator has an entry for an image, not even an empty one',
    remedy:
      'add an entry for it to the labels (without regions where there is nothing to mark), or take the image away',
    exitCode: 1,
  },
  PICTURE_UNREADABLE: {
    meaning: 'a picture cannot be decoded',
    remedy: 'give it as 8-bit JPEG or PNG that opens elsewhere',
    exitCode: 1,
  },
  PICTURE_SHAPE: {
    meaning: 'a picture has another size than the model takes',
    remedy: 'resize it and its labels, or change data.size in the recipe and train again',
    exitCode: 1,
  },
  PICTURES_REFUSED: {
    meaning: 'there are too few labelled pictures, or they cannot be divided as asked',
    remedy: 'add pictures, or lower data.validation in the recipe or --folds',
    exitCode: 3,
  },
  WCS_MISSING: {
    meaning:
      'an image to be differenced has no WCS that is known here, so nothing tells where it lies on the other',
    remedy:
      'solve its astrometry (RA and DEC as TAN, SIP or TPV), or, where both lie on one grid of pixels but for a shift, use --align stars',
    exitCode: 3,
  },
  NO_OVERLAP: {
    meaning: 'science image and reference show different pieces of sky',
    remedy: 'give a reference of the same field, or name its HDU as reference.fits[3]',
    exitCode: 3,
  },
  STARS_TOO_FEW: {
    meaning: 'the two images have too few stars in common to be aligned or matched',
    remedy:
      'check that they show one field in like bands with masks that leave stars, or lower --kernel-degree to 0; --align wcs goes without stars for the alignment alone',
    exitCode: 3,
  },
  FETCH_FAILED: {
    meaning: 'a cut-out could not be fetched, or what came is not one',
    remedy: 'check --service and the position, then run again with --resume: what was fetched is kept',
    exitCode: 1,
  },
  DEVICE_NOT_FOUND: {
    meaning: 'no graphics card that WebGPU can use was found',
    remedy: 'install its driver (on Linux a Vulkan driver and libvulkan1), or leave --device out',
    exitCode: 3,
  },
} as const satisfies Record<string, ErrorEntry>;

export type SurveyErrorCode = keyof typeof errorTable;

/** Where something went wrong: a file, and an HDU of it by number or name. */
export interface ErrorPlace {
  readonly path?: string | undefined;
  readonly hdu?: number | string | null | undefined;
  readonly cause?: unknown;
}

/**
 * A coded error of this package. The message reads `<file>[<hdu>]: <what>; <what to do>`.
 */
export class SurveyError extends Error {
  override readonly name = 'SurveyError';
  readonly code: SurveyErrorCode;
  readonly path: string | null;
  readonly hdu: number | string | null;

  constructor(code: SurveyErrorCode, detail: string, place: ErrorPlace = {}) {
    super(
      message(detail, errorTable[code].remedy, place),
      place.cause === undefined ? {} : { cause: place.cause },
    );
    this.code = code;
    this.path = place.path ?? null;
    this.hdu = place.hdu ?? null;
  }

  get exitCode(): 1 | 2 | 3 {
    return errorTable[this.code].exitCode;
  }
}

/** `file[hdu]`, as the command line accepts it. */
export function placeName(path: string, hdu?: number | string | null): string {
  return hdu === null || hdu === undefined ? path : `${path}[${hdu}]`;
}

function message(detail: string, remedy: string, place: ErrorPlace): string {
  const where = place.path === undefined ? '' : `${placeName(place.path, place.hdu)}: `;
  return `${where}${detail}; ${remedy}`;
}

/** One input (file or HDU) that could not be done, as it stands in `--json`, `scan.json` and the report. */
export interface Failure {
  readonly path: string;
  /** Number of the HDU; null for the whole file. */
  readonly hdu: number | null;
  readonly code: string;
  readonly error: string;
  /** Which CCD of which exposure, where the headers could be read. */
  readonly exposure?: string;
  readonly ccd?: string;
}

/** Any thrown value as a failure of this file and HDU; errors without a code of their own get `fallback`. */
export function toFailure(
  error: unknown,
  path: string,
  hdu: number | null,
  fallback: SurveyErrorCode,
): Failure {
  if (error instanceof SurveyError) return { path, hdu, code: error.code, error: error.message };
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : String(error);
  const known = code !== null && code in errorTable ? (code as SurveyErrorCode) : null;
  const remedy = errorTable[known ?? fallback].remedy;
  const where = text.includes(path) ? '' : `${placeName(path, hdu)}: `;
  // A coded error of the FITS package says itself what to do; a bare system error does not.
  const tail = code !== null && !isSystemCode(code) ? '' : `; ${remedy}`;
  return {
    path,
    hdu,
    code: code !== null && !isSystemCode(code) ? code : fallback,
    error: `${where}${text}${tail}`,
  };
}

/** `code` of an error that carries one, else null. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** A failed write as a coded error that names the file: disk full, not permitted, or anything else. */
export function writeError(error: unknown, path: string): SurveyError {
  if (error instanceof SurveyError) return error;
  const code = errorCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    return new SurveyError('DISK_FULL', 'no space left on the disk', { path, cause: error });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new SurveyError('OUTPUT_UNWRITABLE', `cannot be written (${text})`, { path, cause: error });
}

/** Node's names of system errors: ENOENT, EIO, ERR_… */
function isSystemCode(code: string): boolean {
  return /^E[A-Z0-9]+$/.test(code) || code.startsWith('ERR_');
}
