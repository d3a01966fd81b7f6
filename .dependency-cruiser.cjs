/** Package direction (docs/decisions/0001-layout.md): what each package may import from the others. */
const allowed = {
  fits: [],
  engine: [],
  testkit: [],
  imaging: ['fits'],
  learn: ['engine'],
  evaluate: [],
  sky: ['fits', 'imaging'],
  survey: ['fits', 'engine', 'imaging', 'learn', 'evaluate', 'sky'],
  cli: ['fits', 'engine', 'imaging', 'learn', 'evaluate', 'sky', 'survey'],
};

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(allowed).map(([name, targets]) => ({
      name: `direction-${name}`,
      severity: 'error',
      from: { path: `^packages/${name}/src/` },
      to: { path: `^packages/(?!(?:${[name, ...targets].join('|')})/)` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
