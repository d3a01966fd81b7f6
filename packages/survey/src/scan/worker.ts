import { createAnalyserFrom } from './create-analyser.ts';
import { toFailure, SurveyError, errorTable } from '../errors.ts';
import type { SurveyErrorCode } from '../errors.ts';
import type { CcdAnalyser } from '../analyser/types.ts';
import { serve, workerSettings } from '@blemish/engine/workers';
import { analyseImage } from './analyse-image.ts';
import { inspectFile } from './inspect-file.ts';
import { OpenFiles } from './open-files.ts';
import type { FailureReply, ScanReply, ScanTask, ScanWorkerSettings } from './protocol.ts';

/** A thread of `scan`: lists what a file holds, and takes one CCD after the other from file to encoded mask. */
const settings = workerSettings<ScanWorkerSettings>();
const files = new OpenFiles();
let analyser: Promise<CcdAnalyser> | null = null;

serve<ScanTask, ScanReply>(
  async (task) => {
    try {
      return await work(task);
    } catch (error) {
      return failureReply(error, task);
    }
  },
  (reply) => {
    if (reply.kind === 'inspect') return [reply.maskPrimary.buffer as ArrayBuffer];
    if (reply.kind !== 'image') return [];
    return [reply.maskHdu, reply.preview].flatMap((bytes) =>
      bytes === null ? [] : [bytes.buffer as ArrayBuffer],
    );
  },
);

async function work(task: ScanTask): Promise<ScanReply> {
  switch (task.kind) {
    case 'model':
      return { kind: 'model', info: (await model()).info };
    case 'inspect':
      return inspectFile(files, task.path, task.selectors, {
        modelName: (await model()).info.name,
        modelSha256: (await model()).info.sha256,
        version: settings.version,
      });
    case 'image':
      return analyseImage(files, await model(), task.path, task.hdu, task.companions);
  }
}

function model(): Promise<CcdAnalyser> {
  analyser ??= createAnalyserFrom(settings.analyserModule, {
    bundlePath: settings.bundlePath,
    thresholds: settings.thresholds,
  });
  return analyser;
}

function failureReply(error: unknown, task: ScanTask): FailureReply {
  if (task.kind === 'model') {
    const failure = toFailure(error, settings.bundlePath ?? 'the shipped model', null, 'MODEL_INVALID');
    const entry = failure.code in errorTable ? errorTable[failure.code as SurveyErrorCode] : null;
    return { kind: 'failure', failure, exitCode: entry?.exitCode ?? 3 };
  }
  const hdu = task.kind === 'image' ? task.hdu : null;
  const failure = toFailure(error, task.path, hdu, task.kind === 'image' ? 'ANALYSIS_FAILED' : 'READ_FAILED');
  return { kind: 'failure', failure, exitCode: error instanceof SurveyError ? error.exitCode : 1 };
}
