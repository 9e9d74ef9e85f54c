/** The rooms, and which way the data flows: each may import from those named in `to.pathNot` only. */
const rooms = {
  linalg: [],
  geometry: ['linalg'],
  certificates: ['geometry', 'linalg'],
  alerts: ['certificates', 'geometry', 'linalg'],
  operators: ['alerts', 'certificates', 'geometry', 'linalg'],
  sinks: ['alerts', 'certificates'],
  report: ['alerts', 'certificates', 'geometry', 'linalg', 'sinks'],
};

/** What every room may ask: is this input what it should be, and what was thrown? */
const checks = '^src/(describeValue|expectKnown|messageOf)\\.ts$';

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, neighbours]) => ({
      name: `${room}-knows-its-neighbours`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^(src|callbacks)/', pathNot: [`^src/(${[room, ...neighbours].join('|')})/`, checks] },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'tfjs-only-in-callbacks',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(monitor|cli)/' },
      to: { path: '@tensorflow/' },
    },
    {
      name: 'tfjs-values-not-in-monitor',
      comment: 'the composition names tfjs types only',
      severity: 'error',
      from: { path: '^src/monitor/' },
      to: { path: '@tensorflow/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-the-composition-knows-callbacks',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(monitor/|index\\.ts|cli/)' },
      to: { path: '^callbacks/' },
    },
    {
      name: 'callbacks-measure-and-leave-the-rest',
      comment: 'capture hands records over; it knows no streams, alerts or sinks',
      severity: 'error',
      from: { path: '^callbacks/' },
      to: { path: '^src/(alerts|operators|sinks|report|cli|monitor)/' },
    },
    {
      name: 'rxjs-only-in-operators',
      severity: 'error',
      from: { path: '^(src|callbacks)/', pathNot: '^src/(operators|monitor)/' },
      to: { path: 'node_modules/rxjs' },
    },
    {
      name: 'core-is-pure',
      severity: 'error',
      from: { path: '^src/core\\.ts$' },
      to: { path: '^(callbacks|src/(monitor|cli))/|@tensorflow/', reachable: true },
    },
    {
      name: 'node-only-where-said',
      severity: 'error',
      from: { path: '^(src|callbacks)/', pathNot: '^src/(cli/|report/files/|sinks/jsonl\\.ts)' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
};
