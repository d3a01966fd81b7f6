import { decodeSafetensors, exportOnnx, loadModel } from '@blemish/engine';
import { openBundle } from '../bundle.ts';
import type { Bundle } from '../bundle.ts';
import type { BundleTask } from '../bundle-description.ts';
import { SurveyError } from '../errors.ts';
import { writeWhole } from '../outputs/partial-file.ts';
import { pictureNetwork } from '../pictures/picture-network.ts';
import { exportOpset, plainOnnx } from './onnx.ts';

export interface ExportSummary {
  readonly model: string;
  readonly sha256: string;
  readonly task: BundleTask;
  readonly out: string;
  readonly bytes: number;
  readonly opset: number;
  /** Extents −1 are open. */
  readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly outputs: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

/**
 * Writes a bundle's network as plain ONNX: opset 17, standard operators only, loaded once to see that it is one. The preprocessing
 * stays in `model.json`: the file takes what the preprocessing gives.
 * @throws SurveyError MODEL_NOT_FOUND, MODEL_INVALID, EXPORT_REFUSED, OUTPUT_UNWRITABLE, DISK_FULL
 */
export async function exportModel(pathOrName: string, out: string): Promise<ExportSummary> {
  const bundle = await openBundle(pathOrName);
  const { description, sha256, folder } = bundle;
  const bytes = plainOnnx(networkOf(bundle), folder);
  let summary;
  try {
    const model = await loadModel(bytes, { threads: 1 });
    summary = { inputs: model.inputs, outputs: model.outputs };
    await model.close();
  } catch (cause) {
    throw new SurveyError('MODEL_INVALID', (cause as Error).message, { path: folder, cause });
  }
  await writeWhole(out, bytes);
  return {
    model: description.name,
    sha256,
    task: description.task,
    out,
    bytes: bytes.length,
    opset: exportOpset,
    ...summary,
  };
}

function networkOf({ description, network }: Bundle): Uint8Array {
  if (description.task !== 'segmentation') return network;
  const shape = { size: description.input.size, width: description.network.width };
  return exportOnnx(pictureNetwork(shape), Object.fromEntries(decodeSafetensors(network).arrays));
}
