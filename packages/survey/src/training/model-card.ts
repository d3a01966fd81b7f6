import type { CcdDescription } from '../bundle-description.ts';

/** The bundle's README: what the model is, what it was trained on, what it can be trusted with. */
export function modelCard(d: CcdDescription): string {
  const { train, validation } = d.provenance.seeds;
  const figure = (name: string) => {
    const value = d.validationMetrics[name];
    return value === null || value === undefined ? 'undefined' : value.toFixed(4);
  };
  const rows = d.classes.map((name, k) => {
    const share = (100 * d.calibration.classShares[k]).toFixed(1);
    return `| ${name} | ${figure(`auc ${name}`)} | ${share} % |`;
  });
  return `# ${d.name} ${d.version}

Which artifacts are on a CCD, how sure, and where. ${d.trainedOn}

**Trained on simulation only.** The figures below say how well it tells simulated artifacts from simulated skies. On real exposures
its probabilities are a ranking until they have been checked against labels of the survey at hand.

- Input: one CCD, its pixels and the pipeline's mask (or none: then classes that a mask defines have no probability), prepared as
  \`model.json\` says (\`preprocess\`).
- Output: calibrated probabilities at a prior of ${100 * d.prior} % of CCDs bad; a map of ${d.preprocess.binFactor * 2}-px cells per class.
- Training: seeds ${train[0]}–${train[1]}; early stopping, calibration and thresholds: seeds ${validation[0]}–${validation[1]}. Seeds from 900000 on were never seen.
- Default decision: at most ${d.decision.falsePerExposure} false CCDs per exposure of ${d.decision.ccdsPerExposure}.

Validation figures (simulated; ROC AUC of artifacts above signal-to-noise 5 against CCDs without the class; the trivial answer is 0.5):

| class | AUC | share of validation CCDs |
|---|---|---|
| **any artifact** | ${figure('auc_any')} | ${(100 * d.calibration.anyShare).toFixed(1)} % |
| **mean over classes** | ${figure('auc_macro')} | |
${rows.join('\n')}

Retrain: \`blemish train recipes/${d.name}.toml --out runs/${d.name}\`.
`;
}
