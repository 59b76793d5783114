/**
 * A process that takes part in races: `race-process.ts URL`, of a Postgres. Says `ready`; each line is then calls of an organization, which
 * it starts at their instants and whose outcomes it writes as a line of JSON.
 */
import { createInterface } from "node:readline"
import { postgres } from "../../adapters/postgres/index.js"
import { createBilling } from "../../src/client/index.js"
import type { Heat, Outcome } from "./heat.js"

const billing = await createBilling({ database: postgres({ url: process.argv[2]!, maxConnections: 8 }), migrate: false })
type Methods = Readonly<Record<string, Readonly<Record<string, (...args: ReadonlyArray<unknown>) => Promise<unknown>>>>>

const outcome = async (call: () => Promise<unknown>): Promise<Outcome> => {
  const before = performance.now()
  const took = () => Math.round(performance.now() - before)
  try {
    return { done: (await call()) ?? null, milliseconds: took() }
  } catch (error) {
    const tag = error instanceof Error && "_tag" in error ? String(error._tag) : "Defect"
    return { failed: tag, message: error instanceof Error ? error.message : String(error), milliseconds: took() }
  }
}

process.stdout.write("ready\n")
for await (const line of createInterface({ input: process.stdin })) {
  const { at, calls, organization } = JSON.parse(line) as Heat
  const services = billing.organization(organization) as unknown as Methods
  const outcomes = await Promise.all(
    calls.map(async ({ args, delay, method, service }) => {
      await new Promise((resolve) => setTimeout(resolve, at + delay - Date.now()))
      return outcome(() => services[service]![method]!(...args))
    })
  )
  process.stdout.write(`${JSON.stringify(outcomes, (_, value) => (typeof value === "bigint" ? value.toString() : value))}\n`)
}
await billing.close()
process.exit(0)
