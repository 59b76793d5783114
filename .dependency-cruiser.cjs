/** The floors of docs/architecture.md as rules: who may import whom. `npm run check:boundaries` */

/** From the ground up: a context imports from those before it, never from those after. */
const floors = [
  "core",
  "pricing",
  "accounts",
  "metering",
  "catalog",
  "entitlements",
  "subscriptions",
  "rating",
  "ledger",
  "credits",
  "invoicing",
  "usage",
  "payments",
  "documents",
  "fieldwork",
  "reporting",
  "notifications",
  "webhooks",
  "integrations",
  "operations",
  "portal",
  "client"
]

/** What the domain may reach outside itself. */
const libraries = ["effect", "dinero.js", "jsep", "liquidjs"]

const any = (names) => `(${names.map((name) => name.replace(".", "\\.")).join("|")})`

const upwards = floors.slice(0, -1).map((floor, height) => ({
  name: `floor-${floor}`,
  comment: `src/${floor} stands below what it imports here`,
  severity: "error",
  from: { path: `^src/${floor}/` },
  to: { path: `^src/${any(floors.slice(height + 1))}/` }
}))

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    ...upwards,
    {
      name: "floor-unknown",
      comment: "a folder of src/ that has no floor yet: give it one in .dependency-cruiser.cjs and docs/architecture.md",
      severity: "error",
      from: {},
      to: { path: "^src/[^/]+/", pathNot: `^src/${any(floors)}/` }
    },
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true }
    },
    {
      name: "context-face",
      comment:
        "a context is imported through its index.ts; pricing and metering, whose pure parts shake as trees of their own, take core by the file",
      severity: "error",
      from: { path: "^src/(?!pricing/|metering/)([^/]+)/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/$1/", "^src/[^/]+/index\\.ts$"] }
    },
    {
      name: "context-face-pricing",
      comment: "pricing takes core by the file, and nothing else",
      severity: "error",
      from: { path: "^src/pricing/" },
      to: { path: "^src/", pathNot: "^src/(pricing|core)/" }
    },
    {
      name: "context-face-metering",
      comment: "beside core, metering takes other contexts through their index.ts like everybody",
      severity: "error",
      from: { path: "^src/metering/" },
      to: { path: "^src/[^/]+/", pathNot: ["^src/(metering|core)/", "^src/[^/]+/index\\.ts$"] }
    },
    {
      name: "root-face",
      comment: "src/index.ts shows the contexts' faces and is shown to hosts; inside, nobody imports it",
      severity: "error",
      from: { path: "^src/[^/]+/" },
      to: { path: "^src/[^/]+\\.ts$" }
    },
    {
      name: "context-face-outside",
      comment: "adapters and src/index.ts see a context's index.ts only",
      severity: "error",
      from: { path: ["^adapters/", "^src/[^/]+\\.ts$"] },
      to: { path: "^src/[^/]+/", pathNot: "^src/[^/]+/index\\.ts$" }
    },
    {
      name: "domain-does-not-look-out",
      comment: "src/ never imports adapters, examples, benchmarks or tests",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(adapters|examples|bench|test|scripts)/" }
    },
    {
      name: "adapters-do-not-look-up",
      severity: "error",
      from: { path: "^adapters/" },
      to: { path: "^(examples|bench|test|scripts)/" }
    },
    {
      name: "domain-libraries",
      comment: `the domain reaches ${libraries.join(", ")} and nothing else: no I/O, no SQL`,
      severity: "error",
      from: { path: "^src/" },
      to: { path: "(^|/)node_modules/", pathNot: `(^|/)node_modules/${any(libraries)}/` }
    },
    {
      name: "domain-no-built-ins",
      comment: "the domain has no I/O of its own",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["core"] }
    },
    {
      name: "sql-knows-no-engine",
      comment: "the stores are written once; what differs between engines is behind Dialect",
      severity: "error",
      from: { path: "^adapters/sql/" },
      to: { path: ["^adapters/(?!sql/)", "(^|/)node_modules/(pg|better-sqlite3|@effect/sql-[^/]+)/"] }
    },
    {
      name: "engines-apart",
      comment: "one engine's adapter works where the other's driver is not installed: it may be imported when it is needed",
      severity: "error",
      from: { path: "^adapters/(sqlite|postgres)/" },
      to: { path: "^adapters/", pathNot: "^adapters/(sql|$1)/", dependencyTypesNot: ["dynamic-import"] }
    },
    {
      name: "examples-are-hosts",
      comment: "an example imports the package by its name, as a host does",
      severity: "error",
      from: { path: "^examples/" },
      to: { path: "^(src|adapters|test|bench|scripts)/" }
    },
    {
      name: "shipped-needs-no-dev-dependency",
      comment: "what is published imports (peer) dependencies only",
      severity: "error",
      from: { path: "^(src|adapters)/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["npm", "npm-peer", "npm-optional", "type-only"] }
    },
    {
      name: "resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^billwright" }
    }
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^dist/" },
    // Imports of types count: they tie floors together as much as values do.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      mainFields: ["module", "main", "types"]
    }
  }
}
