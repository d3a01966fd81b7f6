import { Graph } from '../onnx/graph.ts';
import { blockedDomain } from '../ops/blocked-conv.ts';
import { anyBatch } from '../shape.ts';
import { createSession, tensorOver } from './session.ts';

let known: Promise<number> | null = null;

/**
 * How many channels ONNX Runtime's blocked convolutions take together on this processor (16 with AVX-512, 8 with AVX2),
 * or 0 where there are none. Found by having it reorder four channels, which it fills up to one block.
 */
export function channelBlock(): Promise<number> {
  known ??= findBlock().catch(() => 0);
  return known;
}

async function findBlock(): Promise<number> {
  const graph = new Graph({ opset: 21, contributed: true });
  const x = graph.input('x', [1, 4, 2, 2]);
  const y = graph.node('ReorderInput', [x], {}, [1, anyBatch, 2, 2], { domain: blockedDomain });
  const session = await createSession(graph.toModel('probe', { y }), { threads: 1, quiet: true });
  try {
    const results = await session.run({ x: tensorOver(new Float32Array(16), x.shape) });
    const block = results.y.dims[1];
    return block === 8 || block === 16 ? block : 0;
  } finally {
    await session.release();
  }
}
