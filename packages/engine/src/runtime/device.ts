import { Graph } from '../onnx/graph.ts';
import type { Device } from '../onnx/graph.ts';
import { createSession } from './session.ts';

/** Throws DeviceError where nothing can run on `device`: better at the start than after hours of preparation. */
export async function requireDevice(device: Device): Promise<void> {
  if (device === 'cpu') return;
  const graph = new Graph({ opset: 21, contributed: false, target: device });
  const x = graph.input('x', [1]);
  const session = await createSession(graph.toModel('probe', { y: graph.add(x, x) }), { device });
  await session.release();
}
