/** What commands of the model test share: the run that they change, what they pick from, and what they expect to be answered. */
import { SqlClient } from "@effect/sql/SqlClient"
import { DateTime, Effect, Either } from "effect"
import fc from "fast-check"
import { readValue } from "../../adapters/sql/table.js"
import { CurrentOrganization } from "../../src/core/index.js"
import type { Life, Model } from "./reference.js"

/** What became of a command: done, refused as the model says, or idle where there was nothing to do it to. */
export type Outcome = "done" | "refused" | "idle"

export interface Run {
  readonly model: Model
  readonly set: (now: number) => void
  counter: number
  /** Events that were accepted. */
  readonly transactions: Array<{ readonly id: string; readonly event: object }>
  outcome: Outcome
}

/** Something was answered otherwise than the model says. */
export class Surprise extends Error {
  override readonly name = "Surprise"
}

/** Which of many, as a number that is drawn before they are known. */
export const pick = fc.nat({ max: 1000 })

const tagOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "_tag" in error
    ? String(error._tag)
    : error instanceof Error
      ? error.message
      : String(error)

/**
 * Does it; the answer where it is done, undefined where it is refused with one of the tags that the model says; anything else is a
 * surprise. The tag "" says that it may be done.
 */
export const expecting = <A, E, R>(run: Run, effect: Effect.Effect<A, E, R>, refused: ReadonlyArray<string> | null) =>
  Effect.map(Effect.either(effect), (done): A | undefined => {
    if (Either.isRight(done)) {
      if (refused === null || refused.includes("")) return done.right
      throw new Surprise(`done, where ${refused.join(" or ")} was expected`)
    }
    const tag = tagOf(done.left)
    if (refused?.includes(tag) !== true) {
      throw new Surprise(`refused: ${tag} ${String(done.left)}, expected ${refused?.join(" or ") ?? "to be done"}`)
    }
    run.outcome = "refused"
    return undefined
  })

/** There is nothing to do it to. */
export const idle = (run: Run): void => {
  run.outcome = "idle"
}

export const iso = (at: number): string => DateTime.formatIso(DateTime.unsafeMake(at))

/** An instant as an engine shows it. */
export const millisOf = (value: unknown): number => (readValue("instant", value) as DateTime.Utc).epochMillis

export const at = <A>(items: ReadonlyArray<A>, index: number): A | undefined => items[index % Math.max(1, items.length)]

/** Mostly one that the command suits, so that sequences get somewhere; sometimes any. */
export const mostly = <A>(items: ReadonlyArray<A>, index: number, suits: (item: A) => boolean): A | undefined => {
  const suited = index % 8 === 0 ? [] : items.filter(suits)
  return at(suited.length > 0 ? suited : items, index)
}

export const lives = ({ model }: Run): ReadonlyArray<Life> => [...model.lives.values()]

/** Rows of a table as they are, oldest first. */
export const rowsOf = <A extends object>(table: string, columns: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const organization = yield* CurrentOrganization
    return yield* sql<A>`SELECT ${sql.literal(columns)} FROM ${sql.literal(table)} WHERE organization_id = ${organization} ORDER BY id`
  })

interface InvoiceRow {
  readonly id: string
  readonly status: string
  readonly invoice_type: string
  readonly subscription_id: string | null
  readonly period_start: string | null
  readonly total_cents: string
  /** What payments brought for it. */
  readonly paid_cents: string
}

export const invoices = rowsOf<InvoiceRow>(
  "invoices",
  `id, status, invoice_type, subscription_id, CAST(billing_period_start AS TEXT) AS period_start, CAST(total_cents AS TEXT) AS total_cents,
    (SELECT CAST(COALESCE(SUM(s.amount_cents), 0) AS TEXT) FROM invoice_settlements s WHERE s.organization_id = invoices.organization_id
      AND s.invoice_id = invoices.id AND s.settlement_type = 'payment' AND s.returned_at IS NULL) AS paid_cents`
)

/** Some invoice; drafts alone, or final ones, mostly of those that suit. */
export const someInvoice = (which: "draft" | "final", index: number, suits: (invoice: InvoiceRow) => boolean = () => true) =>
  Effect.map(invoices, (all) =>
    mostly(
      all.filter(({ status }) => (status === "draft") === (which === "draft")),
      index,
      suits
    )
  )

/** Something happened to an invoice that the model does not follow: its subscription's amounts are the doctor's alone. */
export const lose = (run: Run, { subscription_id }: Pick<InvoiceRow, "subscription_id">) =>
  Effect.gen(function* () {
    if (subscription_id === null) return
    const names = yield* rowsOf<{ id: string; external_id: string }>("subscriptions", "id, external_id")
    const found = run.model.lives.get(names.find(({ id }) => id === subscription_id)?.external_id ?? "")
    if (found !== undefined) found.lost = true
  })
