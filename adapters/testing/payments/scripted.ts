/** A payment provider that does as it is told: for tests of hosts, without network. It keeps what it did by key, as real ones do. */
import { Effect } from "effect"
import {
  type ChargeCall,
  type ChargeOutcome,
  type PaymentProvider,
  ProviderFailed,
  type ProviderName,
  type RefundCall,
  type RefundOutcome
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
  /** All calls so far. */
  readonly calls: () => number
  /** Says what became of a charge that was at work. */
  readonly settle: (key: string, status: ChargeOutcome["status"]) => void
}

const declines = ({ provider_payment_method_id }: ChargeCall) =>
  provider_payment_method_id.startsWith("fails") ? ("failed" as const) : ("succeeded" as const)

export const scriptedProvider = (script: ProviderScript = {}): ScriptedProvider => {
  const { charge = declines, fault = () => undefined, name = "stripe", refund = () => "succeeded" as const } = script
  const charges = new Map<string, { readonly call: ChargeCall; readonly outcome: ChargeOutcome }>()
  const refunds = new Map<string, { readonly call: RefundCall; readonly outcome: RefundOutcome }>()
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

  return {
    name,
    charges,
    refunds,
    calls: () => calls,
    settle: (key, status) => {
      const known = charges.get(key)
      if (known === undefined) throw new RangeError(`no charge has the key ${key}`)
      charges.set(key, { ...known, outcome: outcomeOf(key, status) })
    },
    charge: (call) =>
      does(() => {
        const known = charges.get(call.key)
        if (known !== undefined) return known.outcome
        const outcome = outcomeOf(call.key, charge(call))
        charges.set(call.key, { call, outcome })
        return outcome
      }),
    findCharge: (key) => does(() => charges.get(key)?.outcome ?? null),
    refund: (call) =>
      does(() => {
        const known = refunds.get(call.key)
        if (known !== undefined) return known.outcome
        const status = refund(call)
        const outcome: RefundOutcome = {
          status,
          provider_refund_id: status === "failed" ? null : `${name}_${call.key}`,
          failure_reason: status === "failed" ? "refused" : null
        }
        refunds.set(call.key, { call, outcome })
        return outcome
      }),
    findRefund: (key) => does(() => refunds.get(key)?.outcome ?? null)
  }
}
