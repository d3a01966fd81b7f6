/** What the numbers of an imported network are. */
export const outputKinds = ['probability', 'logit', 'embedding'] as const;
export type OutputKind = (typeof outputKinds)[number];
