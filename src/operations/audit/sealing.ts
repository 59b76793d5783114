/**
 * The unit of work that keeps the log: right before the outermost transaction commits, what it wrote becomes rows of the log, chained to
 * those before. Who writes knows nothing of it, so that nothing can be forgotten. The log's end is the last lock that a transaction takes.
 */
import { Array as Arr, DateTime, Effect, FiberRef, Layer } from "effect"
import { type Actor, CurrentActor, Ids, type OrganizationId, Transactor, type UnitOfWork } from "../../core/index.js"
import { chained } from "./chain.js"
import { type AuditEntry, entriesOf } from "./change.js"
import { AuditLogId } from "./entry.js"
import { AuditStore } from "./store.js"

/** Whoever changed rows by hand. */
const BESIDE: Actor = { actor_type: "system", actor_id: "sql", metadata: null }

export const auditingLayer: Layer.Layer<Transactor, never, Transactor | AuditStore | Ids> = Layer.effect(
  Transactor,
  Effect.gen(function* () {
    const store = yield* AuditStore
    const unit = yield* Transactor
    const ids = yield* Ids
    const open = FiberRef.unsafeMake(false)

    const appendAs = Effect.fnUntraced(function* (actor: Actor, organization_id: OrganizationId, entries: ReadonlyArray<AuditEntry>) {
      if (entries.length === 0) return
      const now = yield* DateTime.now
      const fresh = yield* ids.many(entries.length)
      const rows = entries.map(({ action, changes, resource_id, resource_type }, index) => ({
        id: AuditLogId.make(fresh[index]!),
        organization_id,
        resource_type,
        resource_id,
        action,
        changes,
        created_at: now,
        updated_at: now,
        ...actor
      }))
      yield* store.append(chained(yield* store.lockHead(organization_id), rows, store.digest))
    })

    /** What somebody's SQL has left was there before. */
    const appendTo = Effect.fnUntraced(function* (organization_id: string, entries: ReadonlyArray<AuditEntry>) {
      const [own, beside] = Arr.partition(entries, (entry) => entry.beside)
      yield* appendAs(BESIDE, organization_id as OrganizationId, beside)
      yield* appendAs(yield* CurrentActor, organization_id as OrganizationId, own)
    })

    const seal = Effect.gen(function* () {
      const entries = entriesOf(yield* store.take)
      // Several organizations in one transaction: in one order, so that none waits for another one in a circle.
      const byOrganization = Object.entries(Arr.groupBy(entries, ({ organization_id }) => organization_id)).sort(([a], [b]) =>
        a < b ? -1 : 1
      )
      for (const [organization, own] of byOrganization) yield* appendTo(organization, own)
    })

    const transaction: UnitOfWork["transaction"] = (work) =>
      Effect.flatMap(FiberRef.get(open), (inside) =>
        unit.transaction(inside ? work : Effect.zipLeft(Effect.locally(work, open, true), seal))
      )

    return Transactor.of({ ...unit, transaction })
  })
)
