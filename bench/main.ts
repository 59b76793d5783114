/** `npm run bench [-- --json] [-- NAME …]`: every figure with its baseline, measured in this run. */
import type { BenchLine } from "./line.js"
import { lineText } from "./line.js"

const BENCHES: Readonly<Record<string, () => Promise<ReadonlyArray<BenchLine>>>> = {
  rating: async () => (await import("./rating.js")).ratingBench(),
  ingestion: async () => (await import("./ingestion.js")).ingestionBench(),
  aggregation: async () => (await import("./aggregation.js")).aggregationBench(),
  usage: async () => (await import("./usage.js")).usageBench(),
  entitlements: async () => (await import("./entitlements.js")).entitlementsBench(),
  billing: async () => (await import("./billing.js")).billingBench(),
  mixed: async () => (await import("./mixed-billing.js")).mixedBillingBench(),
  wallets: async () => (await import("./wallets.js")).walletsBench(),
  dunning: async () => (await import("./dunning.js")).dunningBench(),
  webhooks: async () => (await import("./webhooks.js")).webhooksBench(),
  documents: async () => (await import("./documents.js")).documentsBench(),
  exports: async () => (await import("./exports.js")).exportsBench(),
  reports: async () => (await import("./reports.js")).reportsBench()
}

const given = process.argv.slice(2)
const json = given.includes("--json")
const names = given.filter((argument) => argument !== "--json")
const unknown = names.find((name) => !(name in BENCHES))

if (unknown === undefined) {
  const lines: Array<BenchLine> = []
  for (const name of names.length === 0 ? Object.keys(BENCHES) : names) {
    for (const line of await BENCHES[name]!()) {
      lines.push(line)
      if (!json) process.stdout.write(`${lineText(line)}\n`)
    }
  }
  if (json) process.stdout.write(`${JSON.stringify(lines, undefined, 2)}\n`)
  if (lines.some((line) => line.ok === false)) process.exitCode = 1
} else {
  process.stderr.write(`no benchmark ${unknown}: there are ${Object.keys(BENCHES).join(", ")}\n`)
  process.exitCode = 2
}
