import { measureSource, viewerUnstretch } from '@blemish/imaging';
import type { SourceFeatures } from '@blemish/imaging';
import { serve } from '@blemish/engine/workers';

/** Some stamps to measure. */
export interface FeatureTask {
  /** 8-bit pictures of the viewer, or fluxes: [count, height, width, bands]. */
  readonly pixels: Uint8Array | Float32Array;
  readonly height: number;
  readonly width: number;
  readonly bands: readonly string[];
  readonly zeroPoint: number;
  readonly apertureArcsec: number;
  /** Of each stamp. */
  readonly pixelScaleArcsec: readonly number[];
  readonly fwhmArcsec: readonly number[];
}

serve<FeatureTask, readonly SourceFeatures[]>((task) =>
  task.pixelScaleArcsec.map((_, k) => measureStamp(task, k)),
);

function measureStamp(task: FeatureTask, k: number): SourceFeatures {
  const { pixels, height, width, bands, zeroPoint, apertureArcsec } = task;
  const pixelScaleArcsec = task.pixelScaleArcsec[k];
  const area = height * width;
  const own = pixels.subarray(k * area * bands.length, (k + 1) * area * bands.length);
  const flux = own instanceof Uint8Array ? viewerUnstretch(own, { pixelScaleArcsec }) : own;
  const planes = bands.map((_, b) => {
    const data = new Float32Array(area);
    for (let i = 0; i < area; i++) data[i] = flux[i * bands.length + b];
    return { width, height, data };
  });
  return measureSource(planes, {
    bands,
    pixelScaleArcsec,
    zeroPoint,
    apertureArcsec,
    fwhmArcsec: task.fwhmArcsec[k],
  });
}
