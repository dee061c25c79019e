// The table of rooms: what each folder of src may import. A room that is not listed may import nothing of ours.
const rooms = {
  wire: [],
  capture: ['wire'],
  vrrp: ['wire'],
  misbehaviour: ['vrrp', 'wire'],
  config: ['vrrp', 'wire', 'capture'],
  linux: ['wire', 'capture'],
  router: ['vrrp', 'misbehaviour', 'config', 'linux', 'wire', 'capture'],
  stage: ['wire', 'capture'],
  fabric: ['stage', 'wire', 'capture'],
  lab: ['stage', 'fabric', 'linux', 'wire', 'capture'],
  implementations: ['stage', 'lab', 'linux', 'config', 'wire', 'capture'],
  simulation: ['stage', 'fabric', 'vrrp', 'misbehaviour', 'wire', 'capture'],
  conformance: ['wire', 'capture', 'vrrp'],
  scenario: ['stage', 'conformance', 'config', 'vrrp', 'misbehaviour', 'wire', 'capture'],
  failover: ['scenario', 'conformance', 'stage', 'fabric', 'vrrp', 'wire', 'capture'],
  exploration: ['simulation', 'scenario', 'conformance', 'stage', 'fabric', 'vrrp', 'misbehaviour', 'wire', 'capture'],
  page: ['wire'],
  report: ['page', 'exploration', 'failover', 'scenario', 'conformance', 'capture', 'wire'],
};

// What a program that uses the bench calls: everything but the commands.
rooms.library = Object.keys(rooms);

const everyRoom = [...Object.keys(rooms), 'cli'].map((name) => `^src/${name}/`).concat('^src/index\\.ts$');

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `room-${room}`,
      comment: `src/${room} may import ${allowed.length === 0 ? 'no other room' : allowed.map((name) => `src/${name}`).join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: [room, ...allowed].map((name) => `^src/${name}/`) },
    })),
    {
      name: 'room-library',
      comment: 'src/index.ts, the library, may import everything but src/cli',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'room-unlisted',
      comment: 'every file of src is in a room of the table, in src/cli, or src/index.ts',
      severity: 'error',
      from: { path: '^src/', pathNot: everyRoom },
      to: {},
    },
    {
      name: 'room-unlisted-imported',
      comment: 'nobody imports a file of src that is in no room of the table',
      severity: 'error',
      from: {},
      to: { path: '^src/', pathNot: everyRoom },
    },
    {
      name: 'types-of-vrrp',
      comment: 'configuration and scenario know the types of the protocol alone; conformance its timers too',
      severity: 'error',
      from: { path: '^src/(config|scenario|conformance)/' },
      to: { path: '^src/vrrp/', pathNot: '^src/vrrp/timers\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'system-calls',
      comment: 'src/linux is the one door to the kernel: nobody else loads koffi',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/linux/' },
      to: { path: 'node_modules/koffi' },
    },
    { name: 'no-circles', comment: 'no file imports itself in a circle (types aside)', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'resolvable', comment: 'every import is found', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'], exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
