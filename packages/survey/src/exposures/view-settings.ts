import * as z from 'zod';

/** How a CCD becomes the views that models of exposures see. Kept in every set and bundle, and read back from there. */
export const viewSettings = z.strictObject({
  version: z.literal(1).default(1).describe('of what these settings mean'),
  size: z
    .int()
    .min(16)
    .max(1024)
    .default(64)
    .describe('side of a view: the whole CCD in size × size bins, and crops of size × size pixels'),
  crops: z
    .int()
    .min(0)
    .max(15)
    .default(3)
    .describe(
      'crops at full resolution around the brightest isolated unsaturated sources, since focus, trails and seeing do not show in bins',
    ),
  scaling: z
    .enum(['rms', 'raw'])
    .default('rms')
    .describe(
      'grey levels: `rms`: arcsinh of (value − median) / sky rms, whatever the level of the sky; `raw`: arcsinh of the value itself between −100 and 65,535 ADU, so that the level of the sky is seen, too',
    ),
});

export type ViewSettings = z.infer<typeof viewSettings>;

export const defaultViews: ViewSettings = viewSettings.parse({});

/** Views of a CCD: the whole, and its crops. */
export function viewChannels({ crops }: Pick<ViewSettings, 'crops'>): number {
  return 1 + crops;
}
