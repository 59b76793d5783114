/** Calls that name an idempotency key: told from their arguments, and done once. */
import { Effect, Predicate, Schema } from "effect"
import { Crypto, type CurrentOrganization, InvalidInput, type ProviderFailed, Text } from "../core/index.js"
import { askingOutside } from "../invoicing/index.js"
import { Idempotency, IdempotencyInProgress, IdempotencyMismatch, type OnceError } from "../operations/index.js"
import { contentText, decodeAnswer, encodeAnswer } from "./answer-json.js"
import { type Opened, withService } from "./opened.js"
import { plain } from "./plain.js"

/** What a call can be told beside its arguments, after the last of them. */
export interface CallOptions {
  /**
   * 1 to 255 characters. A second call of the organization with the key and the same content gets the stored answer of the first, for a day;
   * with other content it fails with `IdempotencyMismatch`, while the first is at work with `IdempotencyInProgress`. Failures are not stored.
   */
  readonly idempotencyKey: string
}

const refuse = (reason: string) => new InvalidInput({ field: "idempotencyKey", reason })

const isKey = Schema.is(Text.name(255))

const isOptions = (value: unknown): value is CallOptions =>
  Predicate.isRecord(value) && Object.keys(value).length === 1 && "idempotencyKey" in value

const OTHERWISE = ["idempotency_key", "idempotencykey"]

/** Options that name a key in another spelling, or with more beside it: they would be left unread, and the call made without a key. */
const isMisspelt = (value: unknown): boolean =>
  Predicate.isRecord(value) && Object.keys(value).some((field) => OTHERWISE.includes(field.toLowerCase()))

/** A call's arguments, and the key that it names behind them. No input has a field of that name. Throws `InvalidInput` for options that are none. */
export const withKey = (given: ReadonlyArray<unknown>): { readonly args: ReadonlyArray<unknown>; readonly key: unknown } => {
  const last = given.at(-1)
  if (isOptions(last)) return { args: given.slice(0, -1), key: last.idempotencyKey }
  if (given.length > 0 && isMisspelt(last)) throw refuse("expected { idempotencyKey } and nothing else, behind the arguments")
  return { args: given, key: undefined }
}

/** Answers that hold a secret: it is told once, and no record may keep it (O8). */
export const toldOnce: ReadonlySet<string> = new Set([
  "ApiKeys.create",
  "ApiKeys.rotate",
  "Portals.createSession",
  "WebhookEndpoints.create",
  "WebhookEndpoints.rotateHmacKey"
])

/** Answers that can be read once only: no record can keep them. */
const streamed: ReadonlySet<string> = new Set(["DataExports.download"])

/** What commits in several steps, or calls the outside: each keyed by what it is for, so that a repeat does what is missing. */
export const inSteps: ReadonlySet<string> = new Set([
  "AdminNotifications.raiseDue",
  "Billing.billDue",
  "Calls.remindDue",
  "Emergencies.assign",
  "Emergencies.escalateDue",
  "InstallationBills.billDue",
  "Billing.finalizeDue",
  "Integrations.receive",
  "Integrations.test",
  "Collecting.collectDue",
  "ClosurePacks.compile",
  "ClosurePacks.complete",
  "ClosurePacks.recompile",
  "ClosurePacks.submit",
  "DailyUsages.aggregate",
  "DailyUsages.recount",
  "DocumentMails.mailDue",
  "Doctor.check",
  "Dunning.run",
  "OverdueInvoices.tellOverdue",
  "Notifications.markAllRead",
  "MonthlyReports.create",
  "MonthlyReports.regenerate",
  "Payments.checkout",
  "PaymentMethods.setupSession",
  "Plans.migrate",
  "Refunding.refundDue",
  "Simulation.simulate",
  "Surveys.remindDue",
  "Wallets.runDue",
  "WeeklyReports.create",
  "WeeklyReports.regenerate"
])

interface Keyed {
  readonly args: ReadonlyArray<unknown>
  readonly key: unknown
  /** Whose key it is, where it is a customer's. */
  readonly customer?: string | undefined
}

/** A failure that names the key as its caller does. */
const naming =
  (idempotency_key: string) =>
  <E>(error: E): E | OnceError => {
    if (error instanceof IdempotencyMismatch) return new IdempotencyMismatch({ idempotency_key, operation: error.operation })
    return error instanceof IdempotencyInProgress ? new IdempotencyInProgress({ idempotency_key }) : error
  }

/** The call, done once for its key: an answer of plain values. */
export const onceFor = <A, E, R>(
  operation: string,
  { args, customer, key }: Keyed,
  call: Effect.Effect<A, E, R>
): Effect.Effect<unknown, E | OnceError | ProviderFailed, R | Opened | CurrentOrganization> =>
  Effect.gen(function* () {
    if (!isKey(key)) return yield* refuse("expected text of 1 to 255 characters")
    if (toldOnce.has(operation)) return yield* refuse("the answer holds a secret, which is not stored")
    if (streamed.has(operation)) return yield* refuse("the answer is a stream, which is not stored")
    const content = yield* Effect.try({
      try: () => contentText([operation, args]),
      catch: () => refuse("expected arguments of plain data")
    })
    const { sha256 } = yield* Crypto
    const fingerprint = yield* sha256(content)
    // A customer neither takes a key that the host or another customer will name, nor learns that one was named.
    const idempotency_key = customer === undefined ? key : `customer ${customer} ${yield* sha256(key)}`
    const keyed = withService(Idempotency, ({ once }) =>
      once(
        { idempotency_key, operation, fingerprint },
        Effect.map(call, (answer): unknown => plain(answer)),
        { encode: encodeAnswer, decode: decodeAnswer },
        { in_steps: inSteps.has(operation) }
      )
    )
    // Rates of a tax integration that its transaction needs are asked for outside of it.
    const done = yield* (inSteps.has(operation) ? keyed : askingOutside(keyed)).pipe(Effect.mapError(naming(key)))
    return done.answer
  })
