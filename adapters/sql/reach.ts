/**
 * Whose rows a statement reaches, for a database that asks (row-level security): those of the caller's organization, and none without one.
 * What works across organizations is listed here, by store and method, and nowhere else.
 */
import { Context, Effect, Option } from "effect"
import { CurrentOrganization } from "../../src/core/index.js"

/** Whether statements of the caller reach every organization. */
class Across extends Context.Reference<Across>()("billwright/sql/Across", { defaultValue: () => false }) {}

/** The value of the setting that policies read: an organization's id, `*` for all of them, empty for none. */
export const reach: Effect.Effect<string> = Effect.map(Effect.context<never>(), (context) =>
  Context.get(context, Across) ? "*" : Option.getOrElse(Context.getOption(context, CurrentOrganization), () => "")
)

/** Lets the statements of some work reach every organization. */
export const acrossOrganizations = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.provideService(work, Across, true)

/** Methods of stores that work across organizations, by store; and why. */
export const SPANNING: Readonly<Record<string, { readonly why: string; readonly methods: ReadonlyArray<string> }>> = {
  OrganizationStore: { why: "the operator lists them", methods: ["page"] },
  ApiKeyStore: { why: "whose a key is, is what is asked", methods: ["findByHash", "stamp"] },
  AuditStore: {
    why: "a job's transaction can have changes of several organizations, each with its own chain",
    methods: ["take", "lockHead", "append"]
  },
  WebhookStore: { why: "the worker of the outbox claims and books for all", methods: ["claim", "skip", "book", "judge", "purge"] },
  SigningKeyStore: { why: "the worker of the outbox signs for all", methods: ["load"] },
  NotificationStore: {
    why: "the worker of messages claims and books for all",
    methods: ["claim", "lockClaimed", "lockAll", "book", "save"]
  },
  DocumentMailStore: { why: "the worker of messages draws the documents that go with them, of all", methods: ["enclosed"] },
  ReceiptStore: { why: "the worker of messages applies receipts that were early, of all", methods: ["early", "save"] },
  SyncQueueStore: { why: "the worker of syncs claims for all; each is worked on as its own organization", methods: ["claim"] },
  TwinStore: { why: "the worker of syncs closes what calls of all left open when they were cut off", methods: ["closeForgotten"] },
  DataExportStore: {
    why: "the worker of exports claims and books for all; rows are read as the export's own organization",
    methods: ["claim", "beat", "complete", "fail", "failDead", "expired", "forget"]
  }
}

type Method = (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown, unknown>

const spanning = (store: object, methods: ReadonlyArray<string>): object => {
  const own = store as Readonly<Record<string, unknown>>
  const wider = methods.map((name) => {
    const member = own[name]
    if (member === undefined) throw new Error(`there is no ${name} that could work across organizations`)
    return [
      name,
      typeof member === "function"
        ? (...args: ReadonlyArray<unknown>) => acrossOrganizations((member as Method)(...args))
        : acrossOrganizations(member as Effect.Effect<unknown>)
    ] as const
  })
  return { ...store, ...Object.fromEntries(wider) }
}

/** The stores, where those methods reach every organization. */
export const withSpanning = <Stores>(stores: Context.Context<Stores>): Context.Context<Stores> =>
  Context.unsafeMake(
    new Map(
      [...stores.unsafeMap].map(([key, store]) => {
        const declared = SPANNING[key.replace("billwright/", "")]
        return [key, declared === undefined ? store : spanning(store as object, declared.methods)] as const
      })
    )
  )
