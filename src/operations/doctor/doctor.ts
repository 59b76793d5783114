/** The doctor: one oracle for the invariants of reliability.md over a database; tests run it, and hosts in production. */
import { Context, Effect, Layer } from "effect"
import { type CurrentOrganization, type StorageError, Transactor } from "../../core/index.js"
import { checkDocument } from "./document.js"
import { checkSeries } from "./numbers.js"
import { DoctorStore } from "./store.js"
import type { Violation } from "./violation.js"
import { checkWindows } from "./windows.js"

/** What was looked at, and what does not hold. */
export interface DoctorReport {
  readonly invoices: number
  readonly fees: number
  readonly subscriptions: number
  readonly violations: ReadonlyArray<Violation>
}

export interface DoctorShape {
  /**
   * Checks every invariant over the current organization, in one state of the database. Reads in pages; changes nothing.
   *
   * Fails with `StorageError`.
   */
  readonly check: () => Effect.Effect<DoctorReport, StorageError, CurrentOrganization>
}

const PAGE = 500

/** Reads page after page by id until one is not full. */
const eachPage = <A extends { readonly id: string }>(
  read: (after: string | null, limit: number) => Effect.Effect<ReadonlyArray<A>, StorageError, CurrentOrganization>,
  use: (rows: ReadonlyArray<A>) => void
) =>
  Effect.gen(function* () {
    let after: string | null = null
    while (true) {
      const rows: ReadonlyArray<A> = yield* read(after, PAGE)
      use(rows)
      if (rows.length < PAGE) return
      after = rows[rows.length - 1]!.id
    }
  })

export class Doctor extends Context.Tag("billwright/Doctor")<Doctor, DoctorShape>() {
  static readonly layer: Layer.Layer<Doctor, never, DoctorStore | Transactor> = Layer.effect(
    Doctor,
    Effect.gen(function* () {
      const store = yield* DoctorStore
      const { snapshot } = yield* Transactor

      const examine = Effect.gen(function* () {
        const violations: Array<Violation> = []
        const seen = { invoices: 0, fees: 0, subscriptions: 0 }
        for (const { column, id, table, value } of yield* store.unsound) {
          violations.push({ code: "M9", table, id, reason: `${column} is ${value}` })
        }
        yield* eachPage(
          (after, limit) => Effect.map(store.documents(after, limit), (rows) => rows.map((row) => ({ ...row, id: row.invoice.id }))),
          (documents) => {
            for (const document of documents) {
              seen.invoices += 1
              seen.fees += document.fees.length
              violations.push(...checkDocument(document))
            }
          }
        )
        yield* eachPage(store.lives, (lives) => {
          seen.subscriptions += lives.length
          for (const life of lives) violations.push(...checkWindows(life))
        })
        for (const series of yield* store.series) violations.push(...checkSeries(series))
        return { ...seen, violations }
      })

      return Doctor.of({
        check: Effect.fn("Doctor.check")(function* () {
          return yield* snapshot(examine)
        })
      })
    })
  )
}
