/** The bridge to billing: a closed installation is sold as its OEM's add-on to the OEM's customer, once. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerStore } from "../accounts/index.js"
import { AddOnStore } from "../catalog/index.js"
import { CurrentOrganization, InvalidTransition, isUuid, type OrganizationId, type StorageError, Transactor } from "../core/index.js"
import { AddOns } from "../invoicing/index.js"
import type { Acting } from "./desk.js"
import { InstallationNotFound } from "./errors.js"
import type { Installation } from "./installation.js"
import type { Lead } from "./lead.js"
import { Recording } from "./recording.js"
import { actingOver } from "./roles.js"
import { FieldStore, OemStore } from "./store.js"
import { UserDirectory } from "./user.js"

/** The bill of a closed installation, under the installation's id. */
export interface InstallationBill {
  readonly id: string
  readonly organization_id: OrganizationId
  readonly status: "pending" | "billed" | "failed"
  readonly applied_add_on_id: string | null
  readonly invoice_id: string | null
  /** Why it could not be billed last time. */
  readonly error: string | null
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

export interface InstallationBillStoreShape {
  readonly insert: (bill: InstallationBill) => Effect.Effect<void, StorageError>
  readonly save: (bill: InstallationBill) => Effect.Effect<void, StorageError>
  readonly find: (id: string) => Call<InstallationBill | undefined>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Call<InstallationBill | undefined>
  /** Ids of those that nobody has tried yet, oldest first. */
  readonly pending: (limit: number) => Call<ReadonlyArray<string>>
}

export class InstallationBillStore extends Context.Tag("billwright/InstallationBillStore")<
  InstallationBillStore,
  InstallationBillStoreShape
>() {}

const BATCH = 100

export interface InstallationBillsShape {
  /** The bill of a closed installation; undefined where its OEM has no customer or no add-on. Fails with `InstallationNotFound`. */
  readonly get: (installation: string) => Acting<InstallationBill | undefined, InstallationNotFound>
  /** Tries again what failed. Fails with `InstallationNotFound`, `InvalidTransition` where there is no bill or it was billed. */
  readonly retry: (installation: string) => Acting<InstallationBill, InstallationNotFound | InvalidTransition>
  /** Bills what was closed and not tried yet. A job: nobody acts. */
  readonly billDue: () => Effect.Effect<{ readonly billed: number; readonly failed: number }, StorageError, CurrentOrganization>
  /** Notes that an installation is to be billed, in the transaction that closes it, where its OEM says so. */
  readonly note: (installation: Pick<Installation, "id">, lead: Pick<Lead, "oem">, now: DateTime.Utc) => Call<void>
  /** Bills it if it is still to be billed; a failure is kept and told. */
  readonly bill: (installation: string) => Call<InstallationBill | undefined>
}

type Needs = InstallationBillStore | FieldStore | OemStore | CustomerStore | AddOnStore | AddOns | Recording | Transactor

export class InstallationBills extends Context.Tag("billwright/InstallationBills")<InstallationBills, InstallationBillsShape>() {
  static readonly layer: Layer.Layer<InstallationBills, never, Needs> = Layer.effect(
    InstallationBills,
    Effect.gen(function* () {
      const store = yield* InstallationBillStore
      const field = yield* FieldStore
      const oems = yield* OemStore
      const customers = yield* CustomerStore
      const catalog = yield* AddOnStore
      const addOns = yield* AddOns
      const { tell } = yield* Recording
      const { transaction } = yield* Transactor
      const acting = actingOver(yield* UserDirectory)

      /** Sells the add-on under the bill's lock: who comes second finds it billed. */
      const sell = (id: string) =>
        transaction(
          Effect.gen(function* () {
            const bill = yield* store.lock(id)
            if (bill === undefined || bill.status === "billed") return bill
            const job = (yield* field.job({ kind: "installation", id }, false))!
            const profile = (yield* oems.find(job.lead.oem))!
            const customer = profile.customer_id === null ? undefined : yield* customers.find({ id: profile.customer_id })
            const add_on = profile.add_on_id === null ? undefined : yield* catalog.find({ id: profile.add_on_id })
            const { applied } = yield* addOns.apply({
              add_on_code: add_on?.code ?? "",
              external_customer_id: customer?.external_id ?? ""
            })
            const billed: InstallationBill = {
              ...bill,
              status: "billed",
              applied_add_on_id: applied.id,
              invoice_id: applied.invoice_id,
              error: null,
              updated_at: yield* DateTime.now
            }
            yield* store.save(billed)
            return billed
          })
        )

      /** Keeps and tells why it could not be billed. */
      const failed = (id: string, error: string) =>
        transaction(
          Effect.gen(function* () {
            const bill = yield* store.lock(id)
            if (bill === undefined || bill.status === "billed") return bill
            const now = yield* DateTime.now
            const after: InstallationBill = { ...bill, status: "failed", error: error.slice(0, 1000), updated_at: now }
            yield* store.save(after)
            const job = (yield* field.job({ kind: "installation", id }, false))!
            const installation = job.installations.find((one) => one.id === id)!
            yield* tell([{ type: "billing_failed", installation, reason: after.error!, at: now }])
            return after
          })
        )

      const bill = (id: string) =>
        Effect.catchAll(sell(id), (error) =>
          error._tag === "StorageError" ? Effect.fail(error) : failed(id, `${error._tag}: ${error.message}`)
        )

      /** The bill of an installation that there is. */
      const known = Effect.fnUntraced(function* (id: string) {
        const job = isUuid(id) ? yield* field.job({ kind: "installation", id }, false) : undefined
        if (job === undefined) return yield* new InstallationNotFound({ id })
        return yield* store.find(id)
      })

      return InstallationBills.of({
        bill,
        note: Effect.fnUntraced(function* ({ id }, { oem }, now) {
          const profile = yield* oems.find(oem)
          if (profile === undefined || profile.customer_id === null || profile.add_on_id === null) return
          const unpaid = { applied_add_on_id: null, invoice_id: null, error: null, created_at: now, updated_at: now }
          yield* store.insert({ id, organization_id: yield* CurrentOrganization, status: "pending", ...unpaid })
        }),
        get: Effect.fn("InstallationBills.get")(function* (id) {
          yield* acting("installations.plan")
          return yield* known(id)
        }),
        retry: Effect.fn("InstallationBills.retry")(function* (id) {
          yield* acting("installations.plan")
          const before = yield* known(id)
          if (before === undefined || before.status === "billed") {
            return yield* new InvalidTransition({ entity: "InstallationBill", id, from: before?.status ?? "none", action: "retry" })
          }
          return (yield* bill(id)) ?? before
        }),
        billDue: Effect.fn("InstallationBills.billDue")(function* () {
          const sum = { billed: 0, failed: 0 }
          while (true) {
            const ids = yield* store.pending(BATCH)
            for (const id of ids) {
              const after = yield* bill(id)
              if (after?.status === "billed") sum.billed += 1
              else sum.failed += 1
            }
            if (ids.length < BATCH) return sum
          }
        })
      })
    })
  )
}
