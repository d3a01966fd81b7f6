import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { SurveyError, toFailure } from '../errors.ts';
import type { Failure, SurveyErrorCode } from '../errors.ts';
import { isCompanionName, isFitsName } from '../inputs/index.ts';
import type { ObjectSource } from './types.ts';

export interface FindOptions {
  readonly onFailure: (failure: Failure) => void;
  /** A folder that is not looked into: where the answers go. */
  readonly except?: string | undefined;
}

/**
 * The objects of inputs: a folder with `frames/<oid>/` or `<oid>/` of FITS cut-outs and `<oid>.npy` stacks, a folder with the FITS
 * cut-outs of one object, which is named as the folder is, or an npy stack. In order of their names within an input. What is no object
 * is a failure, and the rest goes on.
 * @throws SurveyError NO_STAMPS where no input holds an object and none failed
 */
export async function findObjects(
  inputs: readonly string[],
  { onFailure, except }: FindOptions,
): Promise<ObjectSource[]> {
  const objects = new Map<string, ObjectSource>();
  let failures = 0;
  const fail = (path: string, code: SurveyErrorCode, error: unknown): void => {
    failures++;
    onFailure(toFailure(error, path, null, code));
  };
  for (const input of inputs) {
    try {
      for (const object of await objectsOf(input, except === undefined ? null : resolve(except), fail)) {
        const known = objects.get(object.oid);
        if (known === undefined) objects.set(object.oid, object);
        else {
          const detail = `object ${object.oid} is in ${known.path} too, which was taken`;
          fail(object.path, 'OBJECT_TWICE', new SurveyError('OBJECT_TWICE', detail, { path: object.path }));
        }
      }
    } catch (error) {
      fail(input, 'INPUT_NOT_FOUND', error);
    }
  }
  if (objects.size === 0 && failures === 0) {
    throw new SurveyError('NO_STAMPS', 'no objects with frames there', { path: inputs.join(', ') });
  }
  return [...objects.values()];
}

async function objectsOf(
  input: string,
  except: string | null,
  fail: (path: string, code: SurveyErrorCode, error: unknown) => void,
): Promise<ObjectSource[]> {
  if (!(await stat(input)).isDirectory()) {
    if (isStack(input)) return [stackOf(input)];
    throw new SurveyError('NO_STAMPS', 'is neither a folder of frames nor an npy stack', { path: input });
  }
  const within = join(input, 'frames');
  const isFolder = await stat(within).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const root = isFolder ? within : input;
  const objects: ObjectSource[] = [];
  const frames: string[] = [];
  for (const name of (await readdir(root)).sort()) {
    const path = join(root, name);
    if (name.startsWith('.') || resolve(path) === except) continue;
    if (isStack(name)) objects.push(stackOf(path));
    else if (isFrameName(name)) frames.push(path);
    else {
      const found = await stat(path).catch((error: unknown) => fail(path, 'INPUT_NOT_FOUND', error));
      if (found?.isDirectory()) objects.push({ oid: name, path, kind: 'folder' });
    }
  }
  if (frames.length > 0 && objects.length === 0) {
    return [{ oid: basename(resolve(root)), path: root, kind: 'folder' }];
  }
  if (frames.length > 0) {
    const detail = `${frames.length} FITS files (${basename(frames[0])} …) lie beside the folders and stacks of objects, and were left out`;
    fail(root, 'OBJECT_TWICE', new SurveyError('OBJECT_TWICE', detail, { path: root }));
  }
  return objects;
}

/** FITS files of a folder that are frames, by name. */
export async function frameFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter(isFrameName)
    .sort()
    .map((name) => join(folder, name));
}

function isFrameName(name: string): boolean {
  return isFitsName(name) && !isCompanionName(name) && !name.startsWith('.');
}

function isStack(path: string): boolean {
  return extname(path).toLowerCase() === '.npy';
}

function stackOf(path: string): ObjectSource {
  return { oid: basename(path, extname(path)), path, kind: 'stack' };
}
