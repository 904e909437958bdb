/** Who may import whom. Each rule has a case in test/architecture/import-rules.spec.ts that shows it bites. */
const SPEC = '[.]spec[.]ts$';
/** The files that hold rules of the business: no input, no output, no framework, no clock, no randomness. */
const PURE = '^(src|projections)/.*[.](decider|events|saga|projection)[.]ts$';
/** What the platform offers to pure files: types and plain functions. */
const PURE_PLATFORM = 'src/platform/(decider|event|projection|refusal)[.]ts$';
/** Folds an order's history; a replay must not be able to act, so it may know rules and facts only. */
const REPLAY = '^src/ops/replay/';
/** Arithmetic that rules lean on: the length of a term. */
const PURE_SUMS = '^src/orders/period[.]ts$';

module.exports = {
  forbidden: [
    {
      name: 'pure-without-packages',
      comment:
        'Deciders, events, sagas and projections are pure: neither packages nor Node, so that the same events always give the same answer.',
      severity: 'error',
      from: { path: PURE, pathNot: SPEC },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'pure-without-packages-behind',
      comment: 'Nor may what they import lead to a package by a way round.',
      severity: 'error',
      from: { path: PURE, pathNot: SPEC },
      to: { path: 'node_modules', reachable: true },
    },
    {
      name: 'pure-without-adapters',
      comment: 'Pure files know no adapter: no handler, controller, runner, query, client, clock or id generator.',
      severity: 'error',
      from: { path: PURE, pathNot: SPEC },
      to: {
        path: '[.](handlers|commands|controller|module|runner|process|queries|query|entity|service|gateway|client)[.]ts$|^src/platform/',
        pathNot: PURE_PLATFORM,
      },
    },
    {
      name: 'projection-imports-types-only',
      comment:
        'A projection folds events into rows: it imports the types of events, the shape of a projection and what it ignores, nothing else.',
      severity: 'error',
      from: { path: '[.]projection[.]ts$' },
      to: { pathNot: `[.]events[.]ts$|^projections/ignored[.]projection[.]ts$|${PURE_PLATFORM}` },
    },
    {
      name: 'projection-runs-no-code-of-events',
      comment: 'Of the events only the types: code of the writing side would tie old read models to new rules.',
      severity: 'error',
      from: { path: '[.]projection[.]ts$' },
      to: { path: '[.]events[.]ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'product-without-local',
      comment: 'The ledger reaches what runs locally by address only, and never depends on its tests.',
      severity: 'error',
      from: { path: '^(src|projections|migrations)/', pathNot: SPEC },
      to: { path: '^(local|test)/' },
    },
    {
      name: 'local-without-product',
      comment: 'A stand-in that shared code with the ledger would share its mistakes.',
      severity: 'error',
      from: { path: '^local/' },
      to: { path: '^(src|projections|migrations|test)/' },
    },
    {
      name: 'one-door-to-the-event-store',
      comment: 'The defects of the client library are lived with in one place.',
      severity: 'error',
      from: { path: '^(src|projections|migrations)/', pathNot: '^src/platform/event-store/' },
      to: { path: '@eventstore/db-client' },
    },
    {
      name: 'own-decider-only',
      comment:
        'Another stream is asked by a command or a query, never by reaching into its rules. The replay core folds with them and cannot ask.',
      severity: 'error',
      from: { path: '^src/([^/]+)/', pathNot: REPLAY },
      to: { path: '^src/[^/]+/.*[.]decider[.]ts$', pathNot: '^src/$1/' },
    },
    {
      name: 'no-decider-from-outside',
      comment: 'Read models and the composition root know events and commands, not deciders.',
      severity: 'error',
      from: { path: '^(projections/|src/[^/]+[.]ts$)' },
      to: { path: '[.]decider[.]ts$' },
    },
    {
      name: 'replay-cannot-act',
      comment:
        'Replaying, rebuilding or explaining an order reaches neither Stripe, the panel, a mailer, a chat, the event store nor the database, by whatever way round: rules, facts and folds only.',
      severity: 'error',
      from: { path: REPLAY, pathNot: SPEC },
      to: { reachable: true, pathNot: `${REPLAY}|${PURE}|${PURE_SUMS}|^src/ledger[.]events[.]ts$|^${PURE_PLATFORM}` },
    },
    {
      name: 'platform-knows-no-business',
      comment: 'src/platform would serve any event-sourced product.',
      severity: 'error',
      from: { path: '^src/platform/', pathNot: SPEC },
      to: { path: '^(src|projections)/', pathNot: '^src/platform/' },
    },
    {
      name: 'no-cycles',
      comment: 'Of two files that import each other neither can be understood alone.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    { name: 'no-unresolvable', comment: 'An import that leads nowhere.', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-package-in-product',
      comment: 'What runs in production is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: '^(src|projections|migrations|local)/', pathNot: SPEC },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|dashboard)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
