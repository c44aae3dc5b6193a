// The layers of docs/architecture.md, as rules.

/** Inside src/runtime each layer imports only those before it. */
const RUNTIME = ['base', 'memory', 'ring', 'thread', 'pipe', 'context', 'control', 'actor'];

const runtimeLayers = RUNTIME.slice(0, -1).map((layer, index) => ({
  name: `runtime-${layer}-imports-only-below`,
  severity: 'error',
  comment: `src/runtime layers, lowest first: ${RUNTIME.join(', ')}.`,
  from: { path: `^src/runtime/${layer}/` },
  to: { path: `^src/runtime/(${RUNTIME.slice(index + 1).join('|')})/` },
}));

/** One package, and the only places that may import it. */
const confined = (npmPackage, comment, ...places) => ({
  name: `${npmPackage}-is-confined`,
  severity: 'error',
  comment,
  from: { pathNot: places },
  to: { path: `^node_modules/${npmPackage}/` },
});

module.exports = {
  forbidden: [
    ...runtimeLayers,
    {
      name: 'runtime-is-the-ground',
      severity: 'error',
      comment: 'The runtime knows no pattern and no transport, and nothing above them.',
      from: { path: '^src/runtime/' },
      to: { path: '^src/', pathNot: '^src/runtime/' },
    },
    {
      name: 'patterns-know-no-transport',
      severity: 'error',
      comment: 'Patterns run in application threads, transports in I/O workers.',
      from: { path: '^src/patterns/' },
      to: { path: '^src/', pathNot: '^src/(patterns|runtime)/' },
    },
    {
      name: 'transports-know-no-pattern',
      severity: 'error',
      comment: 'Transports run in I/O workers, patterns in application threads.',
      from: { path: '^src/transports/' },
      to: { path: '^src/', pathNot: '^src/(transports|runtime)/' },
    },
    {
      name: 'only-the-doors-import-composition',
      severity: 'error',
      comment: 'A thread of our own that makes sockets has a door of its own.',
      from: {
        path: '^src/',
        pathNot: '^src/(index|v5-compat|actors|proxy-worker|actor-worker|crew-worker)\\.ts$',
      },
      to: { path: '^src/composition\\.ts$' },
    },
    {
      name: 'nobody-imports-the-doors',
      severity: 'error',
      comment:
        'But for a side door, since whoever comes in by it needs a composition, too; and for a thread that waits for a module and loads ahead what that will import.',
      from: {
        path: '^src/',
        pathNot: '^src/(draft|actors|actor-worker|actor-worker-door)\\.c?ts$',
      },
      to: { path: '^src/(index|v5-compat|draft|actors|streams)\\.ts$' },
    },
    {
      name: 'datagrams-are-loaded-late',
      severity: 'error',
      comment:
        'Few programs use udp: it is required when an endpoint first names it. Types are free.',
      from: { path: '^src/', pathNot: '^src/transports/(datagram/|seldom\\.cts$)' },
      to: { path: '^src/transports/datagram/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'socks-is-loaded-late',
      severity: 'error',
      comment: 'Few programs use proxies: it is required when a connection first goes through one.',
      from: { path: '^src/', pathNot: '^src/transports/(socks/|seldom\\.cts$)' },
      to: { path: '^src/transports/socks/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'own-transports-are-loaded-late',
      severity: 'error',
      comment:
        'Few programs bring a transport of their own: this is required when one is registered, or used. Types are free.',
      from: { path: '^src/', pathNot: '^src/transports/(own/|seldom\\.cts$)' },
      to: { path: '^src/transports/own/', dependencyTypesNot: ['type-only', 'type-import'] },
    },
    {
      name: 'raw-engines-are-loaded-late',
      severity: 'error',
      comment:
        'Few programs use STREAM: they are imported when an endpoint of one is first served.',
      from: { path: '^src/', pathNot: '^src/transports/raw/' },
      to: {
        path: '^src/transports/raw/',
        dependencyTypesNot: ['type-only', 'type-import', 'dynamic-import'],
      },
    },
    confined(
      'tsyringe',
      'Classes take plain constructor arguments; one file composes.',
      '^src/(composition\\.ts|tsyringe-door\\.cts)$',
      '^test/',
      '^node_modules/',
    ),
    confined(
      'comlink',
      'Behind our own wrapper: raw, it hangs callers of a dead thread and loses error codes.',
      '^src/runtime/control/',
      '^(bench|test)/',
      '^node_modules/',
    ),
    confined(
      'piscina',
      'Hosts tasks; the message path never sees it.',
      '^src/runtime/actor/',
      '^(examples|bench|test)/',
      '^node_modules/',
    ),
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^(src|test|bench|examples)/' },
      to: { circular: true },
    },
    {
      name: 'published-code-stands-alone',
      severity: 'error',
      comment: 'What is published imports nothing that is not.',
      from: { path: '^src/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    {
      name: 'published-code-needs-no-dev-dependency',
      severity: 'error',
      from: { path: '^src/' },
      // @types/node stands behind every node: import
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], pathNot: '^node_modules/@types/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^loomwire(/actors)?$' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: '(^node_modules|^dist)/' },
    exclude: { path: '^test/fixtures/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.cts', '.d.ts', '.js', '.mjs'],
    },
  },
};
