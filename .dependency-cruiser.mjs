const module = '^server/src/modules/([^/]+)/';

/** The borders of the house. Each rule says why, for whoever runs into it. */
export default {
  forbidden: [
    {
      name: 'through-the-door',
      comment:
        "A module imports another only by its index.ts: what is not exported there is the module's own business.",
      severity: 'error',
      from: { path: module },
      to: { path: module, pathNot: ['^server/src/modules/$1/', '^server/src/modules/[^/]+/index\\.ts$'] },
    },
    {
      name: 'outside-through-the-door',
      comment: 'Commands and composition use modules by their doors as well.',
      severity: 'error',
      from: { path: '^server/src/', pathNot: ['^server/src/modules/', '^server/src/roles\\.ts$'] },
      to: { path: module, pathNot: '^server/src/modules/[^/]+/index\\.ts$' },
    },
    {
      name: 'side-doors-for-roles',
      comment:
        'The registry of roles loads only what a role runs: routes, jobs and the socket have doors of their own, for it alone.',
      severity: 'error',
      from: { path: '^server/src/roles\\.ts$' },
      to: { path: module, pathNot: '^server/src/modules/[^/]+/(index|routes|jobs|socket/gateway)\\.ts$' },
    },
    {
      name: 'platform-knows-no-module',
      comment:
        'platform/ could serve another product: it imports no module and nothing of the composition but the ctx.',
      severity: 'error',
      from: { path: '^server/src/platform/' },
      to: { path: '^server/src/(modules|demo|commands)/' },
    },
    {
      name: 'order-of-modules',
      comment:
        'audit < doctors < identity < abuse < notices < care < appointments < chat < people: what is lower never imports what is higher.',
      severity: 'error',
      from: { path: '^server/src/modules/(audit|doctors|identity|abuse|notices|care|appointments)/' },
      to: { path: '^server/src/modules/(chat|people)/' },
    },
    {
      name: 'care-below-appointments',
      comment: 'A request may be kept for an appointment; care knows when, not what that is.',
      severity: 'error',
      from: { path: '^server/src/modules/(audit|doctors|identity|abuse|notices|care)/' },
      to: { path: '^server/src/modules/appointments/' },
    },
    {
      name: 'chat-below-people',
      severity: 'error',
      from: { path: '^server/src/modules/chat/' },
      to: { path: '^server/src/modules/people/' },
    },
    {
      name: 'order-below-identity',
      comment: 'The directory and the audit know accounts by their ids only.',
      severity: 'error',
      from: { path: '^server/src/modules/(audit|doctors)/' },
      to: { path: '^server/src/modules/(identity|abuse|notices|care)/' },
    },
    {
      name: 'identity-below-abuse',
      severity: 'error',
      from: { path: '^server/src/modules/identity/' },
      to: { path: '^server/src/modules/(abuse|notices|care)/' },
    },
    {
      name: 'abuse-below-care',
      severity: 'error',
      from: { path: '^server/src/modules/abuse/' },
      to: { path: '^server/src/modules/(notices|care)/' },
    },
    {
      name: 'notices-below-care',
      comment: 'Who tells somebody of something knows what happened; how it is told, nobody else needs to know.',
      severity: 'error',
      from: { path: '^server/src/modules/notices/' },
      to: { path: '^server/src/modules/care/' },
    },
    {
      name: 'contracts-stand-alone',
      comment: 'The contract runs in browsers and servers: it imports the schema library and nothing else.',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { pathNot: ['^contracts/', 'node_modules/typebox'] },
    },
    {
      name: 'client-knows-contracts-only',
      severity: 'error',
      from: { path: '^client/src/' },
      to: { pathNot: ['^client/src/', '^contracts/'] },
    },
    {
      name: 'portal-knows-client-and-contracts',
      comment: 'The portal is a client like any other: it speaks to the server by its public contract only.',
      severity: 'error',
      from: { path: '^portal/src/' },
      to: { path: '^(server|bench|scripts)/' },
    },
    {
      name: 'contracts-as-types-only-in-the-portal',
      comment:
        'As values the contracts bring a schema library that no phone should load; names of specialties are plain texts.',
      severity: 'error',
      from: { path: '^portal/src/' },
      to: { path: '^contracts/', pathNot: '^contracts/src/specialty-names/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'ui-knows-no-feature',
      comment: 'Components and texts serve every page: they import neither pages nor the app around them.',
      severity: 'error',
      from: { path: '^portal/src/(ui|i18n)/' },
      to: { path: '^portal/src/(app|features|conversation|record)/' },
    },
    {
      name: 'conversation-knows-no-feature',
      comment: 'The conversation and the record are shown by several features, and are built out of none of them.',
      severity: 'error',
      from: { path: '^portal/src/(conversation|record)/' },
      to: { path: '^portal/src/features/' },
    },
    {
      name: 'features-apart',
      comment:
        'A feature is not built out of another: what two need is in ui/ or app/, and pages lead to each other by links.',
      severity: 'error',
      from: { path: '^portal/src/features/([^/]+)/' },
      to: { path: '^portal/src/features/', pathNot: '^portal/src/features/$1/' },
    },
    {
      name: 'nothing-knows-the-portal',
      severity: 'error',
      from: { path: '^(server|client|contracts)/' },
      to: { path: '^portal/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['\\.test\\.ts$', '^(server|client|portal)/test/', 'test-support\\.ts$', '^portal/dist'] },
    tsConfig: { fileName: 'tsconfig.json' },
    // TypeScript 7 has no programming interface yet; swc reads the same syntax.
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
