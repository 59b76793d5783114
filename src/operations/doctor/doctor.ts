/** The doctor: one oracle for the invariants of reliability.md over a database; tests run it, and hosts in production. */
import { Context, Effect, Layer } from "effect"
import type { PlanNotFound } from "../../catalog/index.js"
import { type CurrentOrganization, type StorageError, Transactor } from "../../core/index.js"
import { Examinations, type Findings } from "./examinations.js"

/** What was looked at, and what does not hold. */
export interface DoctorReport extends Findings {}

export interface DoctorShape {
  /**
   * Checks every invariant over the current organization, in one state of the database. Reads in pages; changes nothing.
   *
   * Fails with `StorageError`, or `PlanNotFound` where a version of a plan is gone.
   */
  readonly check: () => Effect.Effect<DoctorReport, StorageError | PlanNotFound, CurrentOrganization>
}

const NOTHING: Findings = { invoices: 0, fees: 0, subscriptions: 0, violations: [] }

const together = (all: ReadonlyArray<Findings>): DoctorReport =>
  all.reduce(
    (sum, one): Findings => ({
      invoices: sum.invoices + one.invoices,
      fees: sum.fees + one.fees,
      subscriptions: sum.subscriptions + one.subscriptions,
      violations: [...sum.violations, ...one.violations]
    }),
    NOTHING
  )

export class Doctor extends Context.Tag("billwright/Doctor")<Doctor, DoctorShape>() {
  static readonly layer: Layer.Layer<Doctor, never, Examinations | Transactor> = Layer.effect(
    Doctor,
    Effect.gen(function* () {
      const parts = yield* Examinations
      const { snapshot } = yield* Transactor

      return Doctor.of({
        check: Effect.fn("Doctor.check")(function* () {
          return together(yield* snapshot(Effect.forEach(parts, ({ examine }) => examine)))
        })
      })
    })
  )
}
