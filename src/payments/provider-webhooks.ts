/**
 * Webhooks of providers. Verified over the raw body, they are read, and what they say is booked where outcomes of calls are: each event once,
 * in one transaction with the note that it was. Words that come late, twice or before our own answer change nothing that is further on (S1, D1).
 */
import { Context, DateTime, Effect, Layer } from "effect"
import { CurrentActor, CurrentOrganization, Ids, type SignatureInvalid, type StorageError, Transactor } from "../core/index.js"
import { Bookings, type KnownOutcome } from "./bookings.js"
import type { PaymentCharge } from "./charge.js"
import { type ProviderFailed, ProviderNotConfigured, type ProviderUnsupported } from "./errors.js"
import { KeptMethods } from "./kept-methods.js"
import { providerLookup } from "./own-providers.js"
import type { ProviderName } from "./payment.js"
import type { ChargeReference, PaymentProvider, ProviderEvent, ProviderWord, WebhookRequest } from "./provider.js"
import { type EventResult, type KeptEvent, keptEventId } from "./provider-event.js"
import { ToldRefunds } from "./refunds/told.js"
import { PaymentChargeStore, ProviderEventStore } from "./store.js"

/** A webhook of a provider as the host's route has it: headers by lower-case name, the body as it came. */
export interface ReceivedWebhook extends WebhookRequest {
  readonly provider: string
}

/** What a webhook came to. `answer` is what its provider wants to read, with status 200. */
export interface WebhookReceipt {
  readonly answer: string
  readonly events: ReadonlyArray<{
    readonly provider_event_id: string
    readonly name: string
    /** `repeated`: booked before, nothing was done. */
    readonly result: EventResult | "repeated"
  }>
}

/** A word about a charge of ours, or about a refund of it. */
interface HeardOf {
  readonly event_id: string
  readonly charge_id: string
  readonly word: Exclude<ProviderWord, { readonly about: "method" }>
}

/** The charge that a word is about: by the checkout's id, then the payment's, then our key. */
const chargeOf = (of: ChargeReference, charges: ReadonlyArray<PaymentCharge>): PaymentCharge | undefined =>
  (of.provider_checkout_id === null ? undefined : charges.find((one) => one.provider_checkout_id === of.provider_checkout_id)) ??
  (of.provider_payment_id === null ? undefined : charges.find((one) => one.provider_payment_id === of.provider_payment_id)) ??
  (of.key === null ? undefined : charges.find((one) => one.key === of.key))

/** Words in rounds in which each charge has at most one, in their order. */
const roundsOf = <A extends { readonly charge_id: string }>(words: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> => {
  const rounds: Array<Array<A>> = []
  const had = new Map<string, number>()
  for (const word of words) {
    const round = had.get(word.charge_id) ?? 0
    had.set(word.charge_id, round + 1)
    if (rounds[round] === undefined) rounds.push([word])
    else rounds[round].push(word)
  }
  return rounds
}

export class ProviderWebhooks extends Context.Tag("billwright/ProviderWebhooks")<
  ProviderWebhooks,
  {
    /**
     * Takes a webhook of a provider that is set up: verifies it over the raw body, books what it says, each event once. Events of payments
     * that are not the organization's, and those of other things, are kept and change nothing; they are answered like others.
     *
     * Fails with `SignatureInvalid` before anything is read, `ProviderNotConfigured`, `ProviderUnsupported` of a provider without webhooks,
     * `ProviderFailed` where the provider has to be asked and does not answer: it sends the webhook again.
     */
    readonly receive: (
      webhook: ReceivedWebhook
    ) => Effect.Effect<
      WebhookReceipt,
      SignatureInvalid | ProviderNotConfigured | ProviderUnsupported | ProviderFailed | StorageError,
      CurrentOrganization
    >
  }
>() {
  static readonly layer: Layer.Layer<
    ProviderWebhooks,
    never,
    ProviderEventStore | PaymentChargeStore | Bookings | KeptMethods | ToldRefunds | Transactor | Ids
  > = Layer.effect(
    ProviderWebhooks,
    Effect.gen(function* () {
      const store = yield* ProviderEventStore
      const charges = yield* PaymentChargeStore
      const bookings = yield* Bookings
      const methods = yield* KeptMethods
      const refunds = yield* ToldRefunds
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const providers = yield* providerLookup

      /** Keeps events; answers the rows of those that nobody has booked yet. */
      const claim = Effect.fnUntraced(function* (provider: ProviderName, events: ReadonlyArray<ProviderEvent>, now: DateTime.Utc) {
        const organization_id = yield* CurrentOrganization
        const fresh = yield* ids.many(events.length)
        const rows = events.map(
          ({ id, name }, index): KeptEvent => ({
            id: keptEventId(fresh[index]!),
            organization_id,
            provider,
            provider_event_id: id,
            name,
            result: "ignored",
            created_at: now,
            updated_at: now
          })
        )
        const own = new Set<string>(fresh)
        return (yield* store.claim(provider, rows)).filter(({ id, result }) => own.has(id) || result === "unknown")
      })

      /** Books words about charges of ours; answers which of them changed something, by their place. */
      const bookCharges = Effect.fnUntraced(function* (words: ReadonlyArray<HeardOf>, now: DateTime.Utc) {
        const changed = new Set<string>()
        for (const round of roundsOf(words)) {
          const known = round.flatMap(
            ({ charge_id, word }): ReadonlyArray<KnownOutcome> =>
              word.about === "refund" || word.outcome === null ? [] : [{ charge_id, outcome: word.outcome }]
          )
          const booked = new Set((yield* bookings.book(known, now)).map(({ charge }) => charge.id as string))
          for (const { charge_id, event_id, word } of round) {
            const did = word.about === "refund" ? yield* refunds.book(charge_id, word, now) : booked.has(charge_id)
            if (did) changed.add(event_id)
          }
        }
        return changed
      })

      const book = Effect.fnUntraced(function* (provider: ProviderName, events: ReadonlyArray<ProviderEvent>, now: DateTime.Utc) {
        const rows = new Map((yield* claim(provider, events, now)).map((row) => [row.provider_event_id, row]))
        const heard = events.filter(({ id }) => rows.has(id)).flatMap(({ id, words }) => words.map((word) => ({ event_id: id, word })))
        const ours = yield* charges.matching(
          provider,
          heard.flatMap(({ word }) => (word.about === "method" ? [] : [word.of]))
        )
        const about = heard.map(({ event_id, word }) => ({
          event_id,
          word,
          charge_id: word.about === "method" ? undefined : chargeOf(word.of, ours)?.id
        }))
        const results = new Map<string, EventResult>()
        for (const { charge_id, event_id, word } of about) {
          if (word.about !== "method") results.set(event_id, charge_id === undefined ? "unknown" : "unchanged")
        }
        const charged = about.flatMap(({ charge_id, event_id, word }) =>
          word.about !== "method" && charge_id !== undefined ? [{ event_id, charge_id, word }] : []
        )
        for (const event_id of yield* bookCharges(charged, now)) results.set(event_id, "booked")
        for (const { event_id, word } of heard) {
          if (word.about !== "method") continue
          const kept = yield* methods.keep(word.customer_id, { ...word.method, is_default: false }, now)
          results.set(event_id, kept === "unknown" ? "unknown" : kept.fresh ? "booked" : "unchanged")
        }
        const after = [...rows.values()].map((row) => ({
          ...row,
          result: results.get(row.provider_event_id) ?? "ignored",
          updated_at: now
        }))
        yield* store.save(after)
        return new Map(after.map(({ provider_event_id, result }) => [provider_event_id, result]))
      })

      const receive = Effect.fn("ProviderWebhooks.receive")(function* ({ body, headers, provider: name }: ReceivedWebhook) {
        const [first, ...others] = (yield* providers.toHear)(name)
        if (first === undefined) return yield* new ProviderNotConfigured({ provider: name })
        const readBy = (provider: PaymentProvider) => Effect.map(provider.readWebhook({ body, headers }), (read) => ({ provider, read }))
        const { provider, read } = yield* others.reduce(
          (heard, other) => Effect.catchTag(heard, "SignatureInvalid", () => readBy(other)),
          readBy(first)
        )
        const events = new Map(read.map((event) => [event.id, event]))
        const sorted = [...events.values()]
        const now = yield* DateTime.now
        const actor = { actor_type: "webhook", actor_id: provider.name, metadata: null } as const
        const results =
          sorted.length === 0
            ? new Map<string, EventResult>()
            : yield* Effect.provideService(transaction(book(provider.name, sorted, now)), CurrentActor, actor)
        return {
          answer: provider.webhookAnswer,
          events: sorted.map((event) => ({
            provider_event_id: event.id,
            name: event.name,
            result: results.get(event.id) ?? ("repeated" as const)
          }))
        }
      })

      return ProviderWebhooks.of({ receive })
    })
  )
}
