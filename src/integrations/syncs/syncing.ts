/**
 * The worker of the queue. What is due is claimed in one transaction, with its history opened; systems are called outside of any; what they answered is
 * booked in another one. Where that is cut off, what was claimed is due again once its lease is over, and is asked for with the same key. What a test that
 * was cut off has left open in the history is closed by a later run.
 */
import { Clock, Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  Instant,
  type InvalidInput,
  instant,
  Secrets,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { called, connectionOf, connectorFor, failureOf } from "../calling.js"
import { type Connection, type Connector, type ConnectorAnswer, type ConnectorFailure, Connectors, type SyncCall } from "../connector.js"
import { closed, errorDetails, opened } from "../history.js"
import type { IntegrationMapping, IntegrationSync, ResourceType } from "../integration.js"
import type { SyncRecords } from "../records.js"
import { IntegrationStore, type KeptIntegration, TwinStore } from "../store.js"
import { type BookedSync, type ClaimedSync, type Resource, SyncQueueStore } from "./queue.js"
import { type SyncRow, SyncRows } from "./rows.js"
import { isTaxedBy, keyOf, nextAttempt, RANKS, requirements, waiting } from "./steps.js"

const Options = Schema.Struct({
  /** The instant of the run; the clock's unless given. */
  now: Schema.optional(Instant),
  /** Rows that are claimed at once; 50 unless given. */
  batch_size: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 100)), { default: () => 50 })
})
export type SyncDueOptions = typeof Options.Encoded
const decodeOptions = decodeInput(Options)

/** What a run did. */
export interface SyncRun {
  readonly synced: number
  /** Syncs that failed, and are tried again. */
  readonly retrying: number
  /** Syncs that failed for good: their integrations are in error. */
  readonly failed: number
}

/** So many calls of one system at once. */
const CALLS_AT_ONCE = 5

/** Longer than a whole batch may take: every call has an end. */
const LEASE_MINUTES = 30

const CUT_OFF = failureOf("timeout", "it was cut off before an answer was booked")

/** Something claimed, with the row that it is about. */
interface Work {
  readonly claimed: ClaimedSync
  readonly row: SyncRow | undefined
}

/** A customer that was deleted here: nothing refers to it. Of other rows none goes once a system knows it. */
const isGone = ({ claimed, row }: Work): boolean => row === undefined && claimed.resource_type === "customer"

/** No system is asked to forget somebody: where it has a twin, it stays, and the history says so. */
const leftAlone = (twin: { readonly external_id: string } | undefined): ConnectorAnswer => ({
  success: true,
  external_id: twin?.external_id ?? null,
  external_data: {},
  error: null,
  details: twin === undefined ? {} : { partial: true, error: "it was deleted here; its twin stays in the system" }
})

/** What a call came to. */
interface Tried extends Work {
  readonly history: IntegrationSync
  readonly answer: ConnectorAnswer
}

/** Twins of an integration by the key of their rows: from links before mappings. */
type Twins = Map<string, { readonly external_id: string; readonly external_data: IntegrationMapping["external_data"] }>

const withTwins = (row: SyncRow, twins: Twins): SyncRow => {
  if (row.type === "customer") return row
  const twinOf = (type: ResourceType, id: string) => twins.get(keyOf({ resource_type: type, resource_id: id }))?.external_id ?? null
  const customer = { ...row.record.customer, twin: twinOf("customer", row.record.customer.id) }
  const invoice = "invoice" in row.record ? { invoice: { ...row.record.invoice, twin: twinOf("invoice", row.record.invoice.id) } } : {}
  return { ...row, record: { ...row.record, customer, ...invoice } } as SyncRow
}

type Links = ReadonlyMap<string, NonNullable<SyncRecords["customer"]["link"]>>

/** The customer of a document with taxes of an integration: only its link there is of interest. */
const taxedCustomer = ({ record }: SyncRow): ReadonlyArray<Resource> =>
  "taxed" in record && record.taxed !== null ? [{ resource_type: "customer", resource_id: record.taxed.document.customer.id }] : []

const withLink = (row: SyncRow, links: Links): SyncRow => {
  if (!("taxed" in row.record) || row.record.taxed === null) return row
  const { document } = row.record.taxed
  const customer = { ...document.customer, link: links.get(document.customer.id) ?? null }
  return { ...row, record: { ...row.record, taxed: { ...row.record.taxed, document: { ...document, customer } } } } as SyncRow
}

/** What a tax system is not told of: it gave none of the rates. */
const notTaxed: ConnectorAnswer = {
  success: true,
  external_id: null,
  external_data: {},
  error: null,
  details: { left_out: "its taxes are not of this integration" }
}

type AnySync = Readonly<Record<string, (call: SyncCall<SyncRecords[ResourceType]>) => Effect.Effect<ConnectorAnswer>>>

/** The call of a connector for a row; undefined where its system does not know such rows. */
const callOf = (connector: Connector, type: ResourceType) => ("sync" in connector ? (connector.sync as AnySync)[type] : undefined)

export class IntegrationSyncs extends Context.Tag("billwright/IntegrationSyncs")<
  IntegrationSyncs,
  {
    /**
     * Brings systems into step with what changed, of all organizations, and waits for their answers. The operator's; not inside a transaction.
     * Several may run at once: each row is one's only. A failure is tried again after 1, 5 and 25 minutes; then its integration turns to error, and
     * what waits goes on once it is active.
     *
     * Fails with `InvalidInput`, `StorageError`.
     */
    readonly syncDue: (options?: SyncDueOptions) => Effect.Effect<SyncRun, InvalidInput | StorageError>
  }
>() {
  static readonly layer: Layer.Layer<IntegrationSyncs, never, SyncQueueStore | SyncRows | IntegrationStore | TwinStore | Transactor | Ids> =
    Layer.effect(
      IntegrationSyncs,
      Effect.gen(function* () {
        const queue = yield* SyncQueueStore
        const rows = yield* SyncRows
        const store = yield* IntegrationStore
        const twinStore = yield* TwinStore
        const { transaction } = yield* Transactor
        const ids = yield* Ids
        const box = yield* Secrets
        const connectors = yield* Connectors

        /** The twins of resources: a customer's link says more than a sync found out. */
        const loadTwins = Effect.fnUntraced(function* (integration_id: string, resources: ReadonlyArray<Resource>) {
          const twins: Twins = new Map()
          for (const { external_data, external_id, mappable_id, mappable_type } of yield* queue.twins(integration_id, resources))
            twins.set(`${mappable_type}/${mappable_id}`, { external_id, external_data })
          const customers = resources.flatMap((one) => (one.resource_type === "customer" ? [one.resource_id] : []))
          const links = yield* twinStore.linksOf(integration_id, customers)
          for (const { customer_id, external_customer_id } of links) {
            const key = keyOf({ resource_type: "customer", resource_id: customer_id })
            const known = twins.get(key)
            twins.set(key, {
              external_id: external_customer_id,
              external_data: known?.external_id === external_customer_id ? known.external_data : {}
            })
          }
          return { twins, links: new Map(links.map((link) => [link.customer_id as string, link])) }
        })

        /** What claims depend on that has no twin and is not among them: queued and claimed too, as far as nobody else is at it. */
        const withRequirements = Effect.fnUntraced(function* (
          integration: KeptIntegration,
          claims: ReadonlyArray<ClaimedSync>,
          terms: { readonly claim_id: string; readonly now: DateTime.Utc; readonly until: DateTime.Utc }
        ) {
          let all = claims
          const integration_id = integration.id
          const loaded = new Map(yield* rows.load(claims))
          for (const _rank of RANKS) {
            const present = new Set(all.map(keyOf))
            const wanted = new Map(
              [...loaded.values()]
                .flatMap((row) => requirements(row.type, row.record, integration))
                .filter((one) => !present.has(keyOf(one)))
                .map((one) => [keyOf(one), one])
            )
            const { twins } = yield* loadTwins(integration_id, [...wanted.values()])
            const missing = [...wanted.values()].filter((one) => !twins.has(keyOf(one)))
            if (missing.length === 0) break
            yield* queue.demand(integration_id, missing, false, terms.now)
            const more = yield* queue.claimThese(integration_id, missing, terms)
            if (more.length === 0) break
            for (const [key, row] of yield* rows.load(more)) loaded.set(key, row)
            all = [...all, ...more]
          }
          return all.map((claimed): Work => ({ claimed, row: loaded.get(keyOf(claimed)) }))
        })

        /** Opens the history of calls, and closes what cut-off ones left open. */
        const openAll = Effect.fnUntraced(function* (
          integration: KeptIntegration,
          work: ReadonlyArray<Work>,
          twins: Twins,
          now: DateTime.Utc
        ) {
          const fresh = yield* ids.many(work.length)
          const started = work.map((one, index) => {
            const { by_hand, resource_id, resource_type } = one.claimed
            const action = isGone(one)
              ? ("delete" as const)
              : by_hand
                ? ("sync" as const)
                : twins.has(keyOf(one.claimed))
                  ? ("update" as const)
                  : ("create" as const)
            return { ...one, history: opened(integration, { id: fresh[index]!, action, resource_type, resource_id }, now) }
          })
          yield* transaction(
            Effect.gen(function* () {
              const left = work.flatMap(({ claimed }) => {
                const { history_id: id, resource_id, resource_type } = claimed
                return id === null
                  ? []
                  : [closed(opened(integration, { id, action: "sync", resource_type, resource_id }, now), CUT_OFF, now)]
              })
              yield* twinStore.closeHistory(left)
              yield* twinStore.openHistory(started.map(({ history }) => history))
              yield* queue.noteHistory(started.map(({ claimed, history }) => ({ ...claimed, history_id: history.id })))
            })
          )
          return started
        })

        const bookAll = Effect.fnUntraced(function* (integration: KeptIntegration, tried: ReadonlyArray<Tried>, now: DateTime.Utc) {
          const booked = tried.map(({ answer, claimed }): BookedSync => {
            if (answer.success) return { claimed, outcome: "done", next_attempt_at: null }
            return { claimed, outcome: "failed", next_attempt_at: nextAttempt(claimed.attempts, answer, now) }
          })
          const lost = tried.filter((_, index) => booked[index]!.outcome === "failed" && booked[index]!.next_attempt_at === null)
          const fresh = yield* ids.many(tried.length)
          const own = yield* transaction(
            Effect.gen(function* () {
              const known = yield* store.lock(integration.id)
              // It was deleted meanwhile, with its queue and history.
              if (known === undefined) return new Set<string>()
              const kept = new Set((yield* queue.book(booked, now)).map(keyOf))
              const ours = tried.filter(({ claimed }) => kept.has(keyOf(claimed)))
              yield* twinStore.closeHistory(ours.map(({ answer, history }) => closed(history, answer, now)))
              yield* queue.saveTwins(
                ours.flatMap(({ answer, claimed, history }, index) => {
                  if (!answer.success || answer.external_id === null || history.action === "delete") return []
                  return [
                    {
                      id: fresh[index]!,
                      organization_id: claimed.organization_id,
                      integration_id: claimed.integration_id,
                      mappable_type: claimed.resource_type,
                      mappable_id: claimed.resource_id,
                      external_id: answer.external_id,
                      external_data: answer.external_data,
                      last_synced_at: now,
                      created_at: now,
                      updated_at: now
                    }
                  ]
                })
              )
              const failure = lost.find(({ claimed }) => kept.has(keyOf(claimed)))?.answer
              const succeeded = ours.some(({ answer }) => answer.success)
              if (succeeded || failure !== undefined) {
                const gaveUp = failure !== undefined && !failure.success && known.status === "active"
                yield* store.save({
                  ...known,
                  ...(succeeded ? { last_sync_at: now } : {}),
                  ...(gaveUp ? { status: "error", error_details: errorDetails(failure) } : {}),
                  updated_at: now
                })
              }
              return kept
            })
          )
          const count = (is: (one: BookedSync) => boolean) => booked.filter((one) => own.has(keyOf(one.claimed)) && is(one)).length
          return {
            synced: count(({ outcome }) => outcome === "done"),
            retrying: count(({ next_attempt_at, outcome }) => outcome === "failed" && next_attempt_at !== null),
            failed: count(({ next_attempt_at, outcome }) => outcome === "failed" && next_attempt_at === null)
          }
        })

        /** What is claimed of one integration, rank by rank. */
        const syncAll = Effect.fnUntraced(function* (
          integration_id: string,
          claims: ReadonlyArray<ClaimedSync>,
          given: DateTime.Utc | undefined
        ) {
          const nowOf = given === undefined ? Effect.map(Clock.currentTimeMillis, instant) : Effect.succeed(given)
          const started = yield* nowOf
          const claim_id = claims[0]!.claim_id
          const run = { synced: 0, retrying: 0, failed: 0 }
          const integration = yield* store.find(integration_id)
          if (integration === undefined) return run
          const until = DateTime.add(started, { minutes: LEASE_MINUTES })
          const work = yield* transaction(withRequirements(integration, claims, { claim_id, now: started, until }))
          const ready = yield* Effect.either(Effect.all([connectorFor(connectors, integration), connectionOf(integration, box)] as const))

          const tryOne = Effect.fnUntraced(function* (one: Work & { readonly history: IntegrationSync }, twins: Twins, links: Links) {
            const { claimed, row } = one
            if (isGone(one)) return leftAlone(twins.get(keyOf(claimed)))
            if (ready._tag === "Left") return failureOf("settings", ready.left.message)
            const [connector, connection]: readonly [Connector, Connection] = ready.right
            if (row === undefined) return failureOf("missing", `${claimed.resource_type} ${claimed.resource_id} is not there, or a draft`)
            const call = callOf(connector, row.type)
            if (call === undefined) return failureOf("invalid", `${connector.provider} keeps no ${row.type}`)
            if (connector.type === "tax" && !isTaxedBy(row.record, integration)) return notTaxed
            const lacking = requirements(row.type, row.record, integration).find((needed) => !twins.has(keyOf(needed)))
            if (lacking !== undefined) return failureOf("missing", `its ${lacking.resource_type} is not in the system yet`)
            const twin = twins.get(keyOf(claimed))
            const link = links.get(claimed.resource_id) ?? null
            const { record } = row.type === "customer" ? { record: { ...row.record, link } } : withLink(withTwins(row, twins), links)
            const key = `${integration_id}/${claimed.resource_type}/${claimed.resource_id}/${claimed.version}`
            return yield* called(
              integration,
              connection,
              call({
                connection,
                action: twin === undefined ? "create" : "update",
                record,
                external_id: twin?.external_id ?? null,
                external_data: twin?.external_data ?? {},
                key
              })
            )
          })

          for (const rank of RANKS) {
            const mine = work.filter(({ claimed }) => rank.includes(claimed.resource_type))
            if (mine.length === 0) continue
            const needed = mine.flatMap(({ row }) => (row === undefined ? [] : requirements(row.type, row.record, integration)))
            const taxed = mine.flatMap(({ row }) => (row === undefined ? [] : taxedCustomer(row)))
            const { links, twins } = yield* loadTwins(integration_id, [...mine.map(({ claimed }) => claimed), ...needed, ...taxed])
            const present = new Set(work.map(({ claimed }) => keyOf(claimed)))
            const blocked = mine.filter(
              ({ row }) =>
                row !== undefined &&
                requirements(row.type, row.record, integration).some((one) => !twins.has(keyOf(one)) && !present.has(keyOf(one)))
            )
            const at = yield* nowOf
            if (blocked.length > 0)
              yield* transaction(
                queue.book(
                  blocked.map(({ claimed }) => waiting(claimed, at)),
                  at
                )
              )
            const open = yield* openAll(
              integration,
              mine.filter((one) => !blocked.includes(one)),
              twins,
              at
            )
            const answers = yield* Effect.forEach(open, (one) => tryOne(one, twins, links), { concurrency: CALLS_AT_ONCE })
            const did = yield* bookAll(
              integration,
              open.map((one, index) => ({ ...one, answer: answers[index]! as ConnectorAnswer | ConnectorFailure })),
              yield* nowOf
            )
            run.synced += did.synced
            run.retrying += did.retrying
            run.failed += did.failed
          }
          return run
        })

        return IntegrationSyncs.of({
          syncDue: Effect.fn("IntegrationSyncs.syncDue")(function* (options = {}) {
            const { batch_size, now: given } = yield* decodeOptions(options)
            const total = { synced: 0, retrying: 0, failed: 0 }
            while (true) {
              const now = given ?? instant(yield* Clock.currentTimeMillis)
              const claim_id = yield* ids.next
              const until = DateTime.add(now, { minutes: LEASE_MINUTES })
              const claims = yield* transaction(queue.claim({ claim_id, now, until, limit: batch_size }))
              if (claims.length === 0) {
                const before = DateTime.subtract(now, { minutes: LEASE_MINUTES })
                yield* transaction(twinStore.closeForgotten(before, CUT_OFF, now))
                return total
              }
              const groups = new Map<string, ReadonlyArray<ClaimedSync>>()
              for (const claimed of claims) groups.set(claimed.integration_id, [...(groups.get(claimed.integration_id) ?? []), claimed])
              const runs = yield* Effect.forEach(
                groups,
                ([integration_id, group]) =>
                  Effect.provideService(syncAll(integration_id, group, given), CurrentOrganization, group[0]!.organization_id),
                { concurrency: CALLS_AT_ONCE }
              )
              for (const run of runs) {
                total.synced += run.synced
                total.retrying += run.retrying
                total.failed += run.failed
              }
            }
          })
        })
      })
    )
}
