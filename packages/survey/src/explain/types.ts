import type { RunStampsOptions } from '../stamps/run-stamps.ts';
import type { ExplainedRun } from './explained-blocks.ts';
import type { TruthFigures } from './heat-in-truth.ts';
import { heatMethods } from './stamp-explainer.ts';
import type { ExplainerOptions } from './stamp-explainer.ts';

/** Ways of explaining: four that give heat, and the labelled stamps that resemble one. */
export const explainMethods = [...heatMethods, 'neighbours'] as const;
export type ExplainMethod = (typeof explainMethods)[number];

export interface ExplainOptions extends RunStampsOptions, Omit<ExplainerOptions, 'method' | 'threads'> {
  /** Bundle folder or name of a shipped model. */
  readonly model: string;
  /** Folder to write. */
  readonly out: string;
  /** `gradcam` by default. */
  readonly method?: ExplainMethod | undefined;
  /** The class to explain; for each stamp the one the network decides for by default. */
  readonly className?: string | undefined;
  /** Stamps explained at most; 200 by default. */
  readonly limit?: number | undefined;
  /** Measure the heat against the set's truth. */
  readonly againstTruth?: boolean | undefined;
  /** Neighbours: folder of labelled stamps, how many of them (5), and the column of their labels (`label`). */
  readonly reference?: string | undefined;
  readonly k?: number | undefined;
  readonly label?: string | undefined;
  readonly force?: boolean | undefined;
  /** As typed, for the page. */
  readonly command?: string | undefined;
}

export interface ExplainSummary extends ExplainedRun {
  readonly model: string;
  readonly sha256: string;
  readonly method: ExplainMethod;
  /** Name and size of the layer that the heat is of; null without one. */
  readonly layer: string | null;
  readonly explained: number;
  /** Stamps none of whose pixels has a value. */
  readonly empty: number;
  readonly truth: TruthFigures | null;
  readonly out: string;
}

export const defaultLimit = 200;
