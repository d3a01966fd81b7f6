import { inspectOnnx, restateOpset } from '@blemish/engine';
import { SurveyError } from '../errors.ts';
import { operatorChanges } from './onnx-operators.generated.ts';

/** The version of the standard operator set that models are exported in: every current runtime reads it. */
export const exportOpset = 17;

/**
 * The model as plain ONNX: opset 17, standard operators only. A model of another opset is restated where all its operators mean the
 * same in both.
 * @throws SurveyError EXPORT_REFUSED naming the operators that stand in the way; MODEL_INVALID where it is not ONNX
 */
export function plainOnnx(bytes: Uint8Array, path: string): Uint8Array {
  const { opsets, operators, externalData, functions } = inspect(bytes, path);
  const foreign = operators.filter((name) => name.includes('.'));
  if (foreign.length > 0) throw refused(path, `uses operators that are not standard: ${foreign.join(', ')}`);
  if (functions > 0) throw refused(path, 'defines functions of its own');
  if (externalData) throw refused(path, 'keeps its weights in files beside it');
  const opset = opsets.get('') ?? 1;
  if (opset === exportOpset) return bytes;
  const changed = operators.filter((name) => !sameMeaning(name, opset));
  if (changed.length === 0) return restateOpset(bytes, exportOpset);
  throw refused(
    path,
    `is of opset ${opset}, where ${changed.join(', ')} ${changed.length === 1 ? 'means' : 'mean'} something else than in opset ${exportOpset}`,
  );
}

export function inspect(bytes: Uint8Array, path: string): ReturnType<typeof inspectOnnx> {
  try {
    return inspectOnnx(bytes);
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', `is not an ONNX model (${(cause as Error).message})`, {
      path,
      cause,
    });
  }
}

/** Does an operator take and do the same at `opset` and at 17? Unknown ones do not. */
function sameMeaning(operator: string, opset: number): boolean {
  const changes = operatorChanges[operator];
  if (changes === undefined) return false;
  const [least, most] = [Math.min(opset, exportOpset), Math.max(opset, exportOpset)];
  return changes[0] <= least && changes.every((version) => version <= least || version > most);
}

function refused(path: string, what: string): SurveyError {
  return new SurveyError('EXPORT_REFUSED', what, { path });
}
