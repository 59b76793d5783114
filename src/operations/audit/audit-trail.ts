/** The service of the audit log: who changed what, and whether the log is as it was written. It is read, and never changed. */
import { Context, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  type InvalidInput,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { type BrokenRow, brokenEnd, chainReader } from "./chain.js"
import {
  type AuditHead,
  type AuditLog,
  type AuditTrailInput,
  AuditTrailOf,
  KnownHead,
  type KnownHeadInput,
  ListAuditLogs,
  type ListAuditLogsInput
} from "./entry.js"
import { AuditStore } from "./store.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** What a log came to when it was read from its beginning to its end. */
export interface AuditVerdict {
  readonly rows: number
  /** Each row that is not as it was written, that does not follow the row before it, and an end that is not the last that was written. */
  readonly broken: ReadonlyArray<BrokenRow>
}

export interface AuditTrailShape {
  /** By resource, action, actor and time; newest first unless told. Fails with `InvalidInput`. */
  readonly list: (input?: ListAuditLogsInput) => Call<Page<AuditLog>, InvalidInput>
  /** All that was done to one resource, oldest first; nothing of one that is not there. Fails with `InvalidInput`. */
  readonly trail: (input: AuditTrailInput) => Call<Page<AuditLog>, InvalidInput>
  /** Where the log ends: keep it elsewhere, and `verify` against it later. */
  readonly head: () => Call<AuditHead>
  /**
   * Reads the whole log in pages and computes every hash again; against a head that was kept too, where one is given.
   *
   * Fails with `InvalidInput`.
   */
  readonly verify: (input?: KnownHeadInput) => Call<AuditVerdict, InvalidInput>
}

const PAGE = 1000

/** Reads a log from its beginning to its end, and holds it against its head and a known one. */
export const readChain = (
  store: typeof AuditStore.Service,
  known?: AuditHead
): Effect.Effect<AuditVerdict, StorageError, CurrentOrganization> =>
  Effect.gen(function* () {
    const organization_id = yield* CurrentOrganization
    const reader = chainReader(store.digest)
    const head = yield* store.head
    let rows = 0
    let met = known === undefined || known.position === 0n
    while (true) {
      const page = yield* store.behind(reader.end().position, PAGE)
      for (const row of page) {
        reader.read(row)
        if (known !== undefined && row.position === known.position && row.hash === known.hash) met = true
      }
      rows += page.length
      if (page.length < PAGE) break
    }
    const broken = [...reader.broken, ...brokenEnd(organization_id, reader.end(), head)]
    if (!met)
      broken.push({ table: "audit_chains", id: organization_id, reason: `position ${known!.position} is not the row that was known` })
    return { rows, broken }
  })

const decodeList = decodeInput(ListAuditLogs)
const decodeTrail = decodeInput(AuditTrailOf)
const decodeKnown = decodeInput(KnownHead)

export class AuditTrail extends Context.Tag("billwright/AuditTrail")<AuditTrail, AuditTrailShape>() {
  static readonly layer: Layer.Layer<AuditTrail, never, AuditStore | Transactor> = Layer.effect(
    AuditTrail,
    Effect.gen(function* () {
      const store = yield* AuditStore
      const { snapshot } = yield* Transactor

      return AuditTrail.of({
        list: Effect.fn("AuditTrail.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          // A malformed id names nothing.
          if (given.resource_id !== undefined && !isUuid(given.resource_id)) return pageOf<AuditLog>(request, { rows: [], total: 0 })
          return pageOf(request, yield* store.page(given, request))
        }),

        trail: Effect.fn("AuditTrail.trail")(function* (input) {
          const { resource_id, resource_type, ...page } = yield* decodeTrail(input)
          const request = yield* pageRequest({ order_by: "created_at:asc", ...page }, ["created_at"])
          if (!isUuid(resource_id)) return pageOf<AuditLog>(request, { rows: [], total: 0 })
          return pageOf(request, yield* store.page({ resource_type, resource_id }, request))
        }),

        head: Effect.fn("AuditTrail.head")(() => store.head),

        verify: Effect.fn("AuditTrail.verify")(function* (input = {}) {
          const { known } = yield* decodeKnown(input)
          return yield* snapshot(readChain(store, known))
        })
      })
    })
  )
}
