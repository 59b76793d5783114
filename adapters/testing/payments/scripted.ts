/** A payment provider that does as it is told: for tests of hosts, without network. It keeps what it did by key, as real ones do. */
import { createHmac, timingSafeEqual } from "node:crypto"
import { DateTime, Effect } from "effect"
import { SignatureInvalid } from "../../../src/core/index.js"
import {
  type ChargeCall,
  type ChargeOutcome,
  type CheckoutCall,
  type PaymentProvider,
  type ProviderEvent,
  ProviderFailed,
  type ProviderName,
  type RefundCall,
  type RefundOutcome,
  type WebhookRequest
} from "../../../src/payments/index.js"

/** Where a call is cut off: before the provider did anything, or after it did all of it, with the answer lost. */
export type Fault = "before" | "after"

export interface ProviderScript {
  readonly name?: ProviderName
  /** How a charge ends; a method whose id begins with `fails` declines unless told. */
  readonly charge?: (call: ChargeCall) => ChargeOutcome["status"]
  readonly refund?: (call: RefundCall) => RefundOutcome["status"]
  /** Whether a call is cut off, and where; `call` counts all calls from 1. */
  readonly fault?: (call: number) => Fault | undefined
}

export interface ScriptedProvider extends PaymentProvider {
  /** What was charged, by key: each once, however often it was asked for. */
  readonly charges: ReadonlyMap<string, { readonly call: ChargeCall; readonly outcome: ChargeOutcome }>
  readonly refunds: ReadonlyMap<string, { readonly call: RefundCall; readonly outcome: RefundOutcome }>
  /** Pages that were opened, by key. */
  readonly checkouts: ReadonlyMap<string, { readonly call: CheckoutCall; readonly outcome: ChargeOutcome | null }>
  /** All calls so far. */
  readonly calls: () => number
  /** Says what became of a charge that was at work. */
  readonly settle: (key: string, status: ChargeOutcome["status"]) => void
  /** Ends a checkout as a customer at its page would; says so to nobody. */
  readonly settleCheckout: (key: string, status: ChargeOutcome["status"]) => void
  /** A webhook with these events, signed. */
  readonly webhook: (events: ReadonlyArray<ProviderEvent>) => WebhookRequest
  /** The same of a refund. */
  readonly settleRefund: (key: string, status: RefundOutcome["status"]) => void
}

const SECRET = "scripted"
const HEADER = "scripted-signature"
const signatureOf = (body: Uint8Array | string): Buffer => createHmac("sha256", SECRET).update(body).digest()

const isWide = (name: string, value: unknown): boolean => name === "amount_cents" && typeof value === "bigint"
const written = (events: ReadonlyArray<ProviderEvent>): string =>
  JSON.stringify(events, (name, value: unknown) => (isWide(name, value) ? String(value) : value))
const readBack = (body: Uint8Array | string): ReadonlyArray<ProviderEvent> =>
  JSON.parse(Buffer.from(body).toString(), (name, value: unknown) => (name === "amount_cents" ? BigInt(value as string) : value))

const declines = ({ provider_payment_method_id }: ChargeCall) =>
  provider_payment_method_id.startsWith("fails") ? ("failed" as const) : ("succeeded" as const)

export const scriptedProvider = (script: ProviderScript = {}): ScriptedProvider => {
  const { charge = declines, fault = () => undefined, name = "stripe", refund = () => "succeeded" as const } = script
  const charges = new Map<string, { readonly call: ChargeCall; readonly outcome: ChargeOutcome }>()
  const refunds = new Map<string, { readonly call: RefundCall; readonly outcome: RefundOutcome }>()
  const checkouts = new Map<
    string,
    { readonly call: CheckoutCall; readonly outcome: ChargeOutcome | null; readonly expires_at: DateTime.Utc }
  >()
  let calls = 0

  /** Does something, unless it is cut off before; the answer is lost where it is cut off after. */
  const does = <A>(work: () => A): Effect.Effect<A, ProviderFailed> =>
    Effect.suspend(() => {
      calls += 1
      const cut = fault(calls)
      const lost = Effect.fail(new ProviderFailed({ provider: name, code: "connection_lost" }))
      if (cut === "before") return lost
      const done = work()
      return cut === "after" ? lost : Effect.succeed(done)
    })

  const outcomeOf = (key: string, status: ChargeOutcome["status"]): ChargeOutcome => ({
    status,
    provider_payment_id: status === "failed" ? null : `${name}_${key}`,
    collected: null,
    failure_reason: status === "failed" ? "declined" : null
  })

  const refundOutcomeOf = (key: string, status: RefundOutcome["status"]): RefundOutcome => ({
    status,
    provider_refund_id: status === "failed" ? null : `${name}_${key}`,
    failure_reason: status === "failed" ? "refused" : null
  })

  return {
    name,
    charges,
    refunds,
    checkouts,
    calls: () => calls,
    settle: (key, status) => {
      const known = charges.get(key)
      if (known === undefined) throw new RangeError(`no charge has the key ${key}`)
      charges.set(key, { ...known, outcome: outcomeOf(key, status) })
    },
    settleCheckout: (key, status) => {
      const known = checkouts.get(key)
      if (known === undefined) throw new RangeError(`no checkout has the key ${key}`)
      checkouts.set(key, { ...known, outcome: outcomeOf(key, status) })
    },
    webhook: (events) => {
      const body = written(events)
      return { headers: { [HEADER]: signatureOf(body).toString("hex") }, body }
    },
    settleRefund: (key, status) => {
      const known = refunds.get(key)
      if (known === undefined) throw new RangeError(`no refund has the key ${key}`)
      refunds.set(key, { ...known, outcome: refundOutcomeOf(key, status) })
    },
    charge: (call) =>
      does(() => {
        const known = charges.get(call.key)
        if (known !== undefined) return known.outcome
        const outcome = outcomeOf(call.key, charge(call))
        charges.set(call.key, { call, outcome })
        return outcome
      }),
    findCharge: ({ key }) => does(() => charges.get(key)?.outcome ?? null),
    refund: (call) =>
      does(() => {
        const known = refunds.get(call.key)
        if (known !== undefined) return known.outcome
        const outcome = refundOutcomeOf(call.key, refund(call))
        refunds.set(call.key, { call, outcome })
        return outcome
      }),
    findRefund: ({ key }) => does(() => refunds.get(key)?.outcome ?? null),
    checkout: (call) =>
      Effect.flatMap(DateTime.now, (now) =>
        does(() => {
          const known = checkouts.get(call.key) ?? { call, outcome: null, expires_at: DateTime.add(now, { hours: 24 }) }
          checkouts.set(call.key, known)
          const provider_checkout_id = `${name}_checkout_${call.key}`
          return { provider_checkout_id, url: `https://pay.example/${provider_checkout_id}`, expires_at: known.expires_at }
        })
      ),
    endCheckout: (provider_checkout_id) =>
      does(() => {
        const key = provider_checkout_id.slice(`${name}_checkout_`.length)
        const known = checkouts.get(key)
        if (known === undefined) throw new RangeError(`no checkout has the id ${provider_checkout_id}`)
        const outcome = known.outcome ?? { ...outcomeOf(key, "canceled"), provider_payment_id: null }
        checkouts.set(key, { ...known, outcome })
        return outcome
      }),
    setup: (call) =>
      Effect.flatMap(DateTime.now, (now) =>
        does(() => {
          const provider_setup_id = `${name}_setup_${call.key}`
          const url = `https://pay.example/${provider_setup_id}?customer=${call.customer.id}`
          return { provider_setup_id, url, expires_at: DateTime.add(now, { hours: 24 }) }
        })
      ),
    readWebhook: ({ body, headers }) => {
      const given = headers[HEADER]
      const bytes = typeof given === "string" ? Buffer.from(given, "hex") : Buffer.alloc(0)
      const signed = signatureOf(body)
      return bytes.length === signed.length && timingSafeEqual(bytes, signed)
        ? Effect.succeed(readBack(body))
        : Effect.fail(new SignatureInvalid({ reason: "it does not match" }))
    },
    webhookAnswer: ""
  }
}
