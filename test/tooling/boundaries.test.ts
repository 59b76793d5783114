import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { cruise, type IConfiguration, type ICruiseResult } from "dependency-cruiser"
import { afterEach, describe, expect, it } from "vitest"

const config: IConfiguration = createRequire(import.meta.url)("../../.dependency-cruiser.cjs")

type Tree = Readonly<Record<string, string>>

const face = { "src/core/index.ts": 'export * from "./exact.js"\nexport const core = 1', "src/core/exact.ts": "export const exact = 1" }

/** A tree that each rule allows: the twin of the trees that a rule forbids. */
const lawful: Tree = {
  ...face,
  "src/pricing/index.ts": 'export { exact } from "../core/exact.js"',
  "src/catalog/index.ts": 'export { core } from "../core/index.js"\nexport * from "./plan.js"',
  "src/catalog/plan.ts": 'import { succeed } from "effect"\nexport const plan = succeed',
  "src/credits/index.ts": 'export { plan as note } from "../catalog/index.js"',
  "src/invoicing/index.ts": 'export { plan } from "../catalog/index.js"\nexport { note } from "../credits/index.js"',
  "src/index.ts": 'export * from "./invoicing/index.js"',
  "adapters/sql/store.ts": 'import { core } from "../../src/core/index.js"\nexport const store = core',
  "adapters/sqlite/index.ts": 'import { Pool } from "pg"\nexport { store } from "../sql/store.js"\nexport const a = Pool',
  "node_modules/effect/package.json": '{"name":"effect","version":"3.0.0","main":"index.js"}',
  "node_modules/effect/index.js": "exports.succeed = 1",
  "node_modules/pg/package.json": '{"name":"pg","version":"8.0.0","main":"index.js"}',
  "node_modules/pg/index.js": "exports.Pool = 1",
  "node_modules/vitest/package.json": '{"name":"vitest","version":"3.0.0","main":"index.js"}',
  "node_modules/vitest/index.js": "exports.it = 1",
  "package.json": '{"name":"tree","type":"module","peerDependencies":{"effect":"*","pg":"*"},"devDependencies":{"vitest":"*"}}'
}

/** Each rule with a file that breaks it once it joins the lawful tree. */
const unlawful: ReadonlyArray<readonly [rule: string, path: string, content: string]> = [
  ["floor-core", "src/core/money.ts", 'export { plan } from "../catalog/index.js"'],
  ["floor-catalog", "src/catalog/tax.ts", 'import type { plan } from "../invoicing/index.js"\nexport type Tax = typeof plan'],
  ["floor-metering", "src/metering/metric.ts", 'export { plan } from "../catalog/index.js"'],
  ["floor-rating", "src/rating/lines.ts", 'export { note } from "../credits/index.js"'],
  ["floor-credits", "src/credits/settle.ts", 'export { plan } from "../invoicing/index.js"'],
  ["floor-unknown", "src/core/weather.ts", 'export * from "../weather/index.js"'],
  ["no-circles", "src/core/exact.ts", 'export { core } from "./index.js"\nexport const exact = 1'],
  ["context-face", "src/invoicing/fee.ts", 'export { plan } from "../catalog/plan.js"'],
  ["context-face", "src/invoicing/total.ts", 'export { exact } from "../core/exact.js"'],
  ["context-face-pricing", "src/pricing/tariff.ts", 'export { plan } from "../catalog/index.js"'],
  ["context-face-metering", "src/metering/event.ts", 'export { price } from "../pricing/price.js"'],
  ["root-face", "src/invoicing/all.ts", 'export { plan } from "../index.js"'],
  ["context-face-outside", "adapters/sql/exact.ts", 'export { exact } from "../../src/core/exact.js"'],
  ["context-face-outside", "src/face.ts", 'export { exact } from "./core/exact.js"'],
  ["domain-does-not-look-out", "src/invoicing/stored.ts", 'export { store } from "../../adapters/sql/store.js"'],
  ["adapters-do-not-look-up", "adapters/sql/tested.ts", 'export * from "../../test/support.js"'],
  ["domain-libraries", "src/invoicing/pool.ts", 'export { Pool } from "pg"'],
  ["domain-no-built-ins", "src/invoicing/file.ts", 'export { readFileSync } from "node:fs"'],
  ["sql-knows-no-engine", "adapters/sql/pool.ts", 'export { Pool } from "pg"'],
  ["sql-knows-no-engine", "adapters/sql/sqlite.ts", 'export { a } from "../sqlite/index.js"'],
  ["engines-apart", "adapters/postgres/index.ts", 'export { a } from "../sqlite/index.js"'],
  ["examples-are-hosts", "examples/bill/main.ts", 'export { plan } from "../../src/index.js"'],
  ["shipped-needs-no-dev-dependency", "adapters/sqlite/test.ts", 'export { it } from "vitest"'],
  ["resolvable", "src/core/gone.ts", 'export * from "./nowhere.js"']
]

/** What the unlawful files import, where the lawful tree has no such file. */
const targets: Tree = {
  "src/pricing/price.ts": "export const price = 1",
  "src/weather/index.ts": "export const rain = 1",
  "test/support.ts": "export const support = 1"
}

let directory = ""
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const violations = async (tree: Tree): Promise<ReadonlyArray<string>> => {
  directory = mkdtempSync(join(tmpdir(), "billwright-boundaries-"))
  for (const [path, content] of Object.entries(tree)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), `${content}\n`)
  }
  const folders = ["src", "adapters", "examples"].filter((folder) => Object.keys(tree).some((path) => path.startsWith(`${folder}/`)))
  const { output } = await cruise(folders, { ...config.options, ruleSet: config, validate: true, baseDir: directory })
  return (output as ICruiseResult).summary.violations.map(({ rule, from }) => `${rule.name} ${from}`)
}

describe("the floors of src/ and adapters/", () => {
  it("allow imports downwards and through a context's index.ts", async () => {
    expect(await violations(lawful)).toEqual([])
  })

  it.each(unlawful)("%s forbids %s", async (rule, path, content) => {
    expect(await violations({ ...lawful, ...targets, [path]: content })).toContain(`${rule} ${path}`)
  })

  it("are each shown to bite here", () => {
    const broken = new Set(unlawful.map(([rule]) => rule))
    const floors = (config.forbidden ?? []).map(({ name }) => name).filter((name) => !name?.startsWith("floor-"))
    expect(floors.filter((name) => name !== undefined && !broken.has(name))).toEqual([])
  })
})
