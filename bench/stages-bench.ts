import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadedModel } from '@blemish/engine';
import { encodeHdu } from '@blemish/fits';
import { openFitsFile } from '@blemish/fits/node';
import { binStatistics, estimateBackground, renderBackground } from '@blemish/imaging';
import { ccdFeatures } from '../packages/survey/src/preprocess/ccd-features.ts';
import { measureEvidence } from '../packages/survey/src/preprocess/evidence.ts';
import { maskHeader } from '../packages/survey/src/outputs/mask-hdu.ts';
import type { BenchExposure } from './exposure.ts';
import { StagesPeer, chooseVariant } from './peer.ts';
import type { Peer } from './peer.ts';
import { readMask } from './prepared-ccd.ts';
import type { PreparedCcd } from './prepared-ccd.ts';
import { median, pauseMs, ratio } from './results.ts';
import type { StageResult } from './results.ts';

interface Stage {
  readonly name: string;
  /** Method of `stages_peer.py`. */
  readonly peer: string;
  /** Ratio asked for. */
  readonly limit?: number;
  /** Gives what is worth comparing with the peer's result, if anything. */
  run(): Promise<Float32Array | void> | Float32Array | void;
}

const repeats = 3;

/** Stages of a scan on one CCD, one thread each side, in turns; medians over all repeats of all rounds. */
export async function benchStages(
  exposure: BenchExposure,
  ccd: PreparedCcd,
  model: LoadedModel,
  options: { peer: Peer | null; networkFolder: string; rounds: number },
): Promise<StageResult[]> {
  const { peer, networkFolder, rounds } = options;
  const stages = await ourStages(exposure, ccd, model);
  const ours = stages.map((): number[] => []);
  const theirs = stages.map((): number[] => []);
  const differences = stages.map((): number | null => null);
  const process = peer && (await startPeer(peer, exposure, networkFolder));
  try {
    for (const [i, stage] of stages.entries()) {
      const result = await stage.run(); // warm-up
      if (!process) continue;
      const path = join(networkFolder, `${stage.peer}.result.f32`);
      if (result) {
        await process.write(stage.peer, path);
        differences[i] = largestDifference(result, await readFile(path));
      } else await process.time(stage.peer, 1);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [i, stage] of stages.entries()) {
        await sleep(pauseMs);
        for (let k = 0; k < repeats; k++) {
          const start = performance.now();
          await stage.run();
          ours[i].push(performance.now() - start);
        }
        await sleep(pauseMs);
        if (process) theirs[i].push(...(await process.time(stage.peer, repeats)));
      }
    }
  } finally {
    await process?.close();
  }
  return stages.map(({ name, limit }, i) => {
    const ours_ms = median(ours[i]);
    const peer_ms = process ? median(theirs[i]) : null;
    return {
      name: `stage: ${name}`,
      ours_ms,
      peer_ms,
      ratio: ratio(ours_ms, peer_ms),
      ratio_limit: limit ?? null,
      max_difference: differences[i]!,
    };
  });
}

async function startPeer(peer: Peer, exposure: BenchExposure, networkFolder: string): Promise<StagesPeer> {
  const { variant } = await chooseVariant(peer, networkFolder, 1);
  const { image, mask, truth } = exposure;
  const process = new StagesPeer(peer.python, [image, mask, truth, networkFolder, variant]);
  await process.ready();
  return process;
}

async function ourStages(exposure: BenchExposure, ccd: PreparedCcd, model: LoadedModel): Promise<Stage[]> {
  const { file, hdu, maskFile, maskHdu, input, measured, features, settings } = ccd;
  const { plane, mask } = input;
  const { mesh, binFactor: factor } = settings;
  const found = await truthMask(exposure);
  const header = maskHeader(hdu.header);
  // Star stamps are another stage, which the peer has not got.
  const withoutStars = { ...measured, stars: { ...measured.stars, count: 0 } };
  const { image, evidence, stars, scalars } = features;
  return [
    {
      name: 'RICE decode',
      peer: 'decode',
      limit: 3,
      run: async () => (await file.readImage(hdu, { as: 'float32' })).data as Float32Array,
    },
    {
      name: 'RICE decode, pipeline mask',
      peer: 'mask_decode',
      run: async () => {
        await readMask(maskFile, maskHdu);
      },
    },
    {
      name: 'background map',
      peer: 'background',
      limit: 2,
      run: () => renderBackground(estimateBackground(plane, { mesh, mask })),
    },
    {
      name: 'bin statistics',
      peer: 'bins',
      run: () => {
        const bins = binStatistics(measured.plane, mask, { factor });
        return ccdFeatures({ ...withoutStars, bins }, settings).image;
      },
    },
    {
      name: 'evidence',
      peer: 'evidence',
      run: () => {
        const found = measureEvidence(measured.plane, mask, measured.rms, measured.bins);
        return ccdFeatures({ ...withoutStars, evidence: found }, settings).evidence;
      },
    },
    {
      name: 'network',
      peer: 'infer',
      run: async () => (await model.run({ image, evidence, stars, scalars }))['logits'].data,
    },
    {
      name: 'RICE encode, mask',
      peer: 'encode',
      run: () => {
        const shape = [plane.height, plane.width];
        encodeHdu({ header, shape, data: found, compression: { type: 'RICE_1' } }, false);
      },
    },
  ];
}

/** A mask as a scan writes it: the truth of the same CCD. */
async function truthMask(exposure: BenchExposure): Promise<Int32Array> {
  const file = await openFitsFile(exposure.truth);
  try {
    return (await file.readStored(file.hdu(1))).data as Int32Array;
  } finally {
    await file.close();
  }
}

function largestDifference(ours: Float32Array, bytes: Buffer): number {
  const theirs = new Float32Array(Uint8Array.from(bytes).buffer);
  if (theirs.length !== ours.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < ours.length; i++) largest = Math.max(largest, Math.abs(ours[i] - theirs[i]));
  return largest;
}
