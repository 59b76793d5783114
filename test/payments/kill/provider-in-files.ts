/**
 * A payment provider whose books are files, so that they outlive whoever calls it: a file for each key, made in one step. Some charges are
 * declined and some take a while, as their keys have it.
 */
import { createHash } from "node:crypto"
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { manual } from "../../../adapters/payments/manual/index.js"
import type { ChargeOutcome, PaymentProvider, RefundOutcome } from "../../../src/payments/index.js"

type Kind = "charges" | "refunds"

interface Entry {
  readonly key: string
  readonly amount_cents: string
  readonly status: "succeeded" | "processing" | "failed"
}

const pathOf = (folder: string, kind: Kind, key: string): string => join(folder, kind, encodeURIComponent(key))
const lotOf = (key: string): number => createHash("sha256").update(key).digest()[0]!

/** Everything that the provider did, by key. */
export const booksOf = (folder: string, kind: Kind): ReadonlyMap<string, Entry> =>
  new Map(
    readdirSync(join(folder, kind)).map((name) => {
      const entry = JSON.parse(readFileSync(join(folder, kind, name), "utf8")) as Entry
      return [entry.key, entry]
    })
  )

/** What it keeps of a key: the first call's, whoever was first. */
const kept = (folder: string, kind: Kind, entry: Entry): Entry => {
  const path = pathOf(folder, kind, entry.key)
  const draft = join(folder, `${process.pid}-${encodeURIComponent(entry.key)}`)
  writeFileSync(draft, JSON.stringify(entry))
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
  unlinkSync(draft)
  return JSON.parse(readFileSync(path, "utf8")) as Entry
}

/** `heard` is called on both sides of every call's effect. */
export const providerInFiles = (folder: string, heard: () => void): PaymentProvider => {
  for (const kind of ["charges", "refunds"]) mkdirSync(join(folder, kind), { recursive: true })

  const chargeOutcome = ({ key, status }: Entry): ChargeOutcome => ({
    status,
    provider_payment_id: status === "failed" ? null : `pay_${key}`,
    collected: null,
    failure_reason: status === "failed" ? "declined" : null
  })
  const refundOutcome = ({ key, status }: Entry): RefundOutcome => ({
    status: status === "processing" ? "pending" : status,
    provider_refund_id: status === "failed" ? null : `ref_${key}`,
    failure_reason: status === "failed" ? "refused" : null
  })

  /** The effect between two moments at which the caller may be killed. */
  const does = (work: () => Entry) =>
    Effect.gen(function* () {
      heard()
      yield* Effect.sleep("2 millis")
      const entry = work()
      heard()
      yield* Effect.sleep("2 millis")
      return entry
    })

  /** What took a while has come in by the time somebody asks. */
  const known = (kind: Kind, key: string): Entry | null => {
    const path = pathOf(folder, kind, key)
    if (!existsSync(path)) return null
    const entry = JSON.parse(readFileSync(path, "utf8")) as Entry
    return entry.status === "processing" ? { ...entry, status: "succeeded" } : entry
  }

  return {
    ...manual,
    name: "stripe",
    charge: ({ amount_cents, key }) =>
      Effect.map(
        does(() => {
          const lot = key.includes("/") ? 0 : lotOf(key)
          return kept(folder, "charges", {
            key,
            amount_cents: `${amount_cents}`,
            status: lot > 215 ? "failed" : lot > 175 ? "processing" : "succeeded"
          })
        }),
        chargeOutcome
      ),
    findCharge: ({ key }) =>
      Effect.sync(() => {
        const entry = known("charges", key)
        return entry === null ? null : chargeOutcome(entry)
      }),
    refund: ({ amount_cents, key }) =>
      Effect.map(
        does(() =>
          kept(folder, "refunds", { key, amount_cents: `${amount_cents}`, status: lotOf(key) > 200 ? "processing" : "succeeded" })
        ),
        refundOutcome
      ),
    findRefund: ({ key }) =>
      Effect.sync(() => {
        const entry = known("refunds", key)
        return entry === null ? null : refundOutcome(entry)
      })
  }
}
