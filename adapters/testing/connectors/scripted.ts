/** A connector that does as it is told: for tests of hosts, without network. It keeps what it was given by key, as real systems do. */
import { createHmac, timingSafeEqual } from "node:crypto"
import { Effect } from "effect"
import type { SuppliedTax } from "../../../src/catalog/index.js"
import { SignatureInvalid } from "../../../src/core/index.js"
import {
  type Connector,
  type ConnectorAnswer,
  type ConnectorEvent,
  type ConnectorFailure,
  type ConnectorRequest,
  type ConnectorSuccess,
  failureOf,
  type ProviderType,
  providerTable,
  type ResourceType,
  type SyncCall,
  type SyncRecords,
  type TaxCall
} from "../../../src/integrations/index.js"
import type { PaymentProvider, ProviderName } from "../../../src/payments/index.js"
import { scriptedProvider } from "../payments/scripted.js"

/** One call of the queue, whatever it is about. */
export interface ScriptedSync {
  readonly type: ResourceType
  readonly call: SyncCall<SyncRecords[ResourceType]>
}

export interface ConnectorScript {
  /** What a test fails with; it succeeds unless told. */
  readonly test?: () => ConnectorFailure | undefined
  /** What a sync fails with; it succeeds unless told. */
  readonly sync?: (sync: ScriptedSync) => ConnectorFailure | undefined
  /** What a payment provider's settings open; unless given a scripted provider of its own each time. */
  readonly provider?: PaymentProvider
  /** The taxes of a fee; none unless told. A failure is one of the whole document. */
  readonly rates?: (call: TaxCall) => ConnectorFailure | ((fee_id: string) => ReadonlyArray<SuppliedTax>)
}

export interface ScriptedConnector {
  readonly connector: Connector
  /** All syncs so far, repetitions included. */
  readonly syncs: () => ReadonlyArray<ScriptedSync>
  /** All documents that rates were asked for. */
  readonly rated: () => ReadonlyArray<TaxCall>
  /** A webhook with these events, signed. */
  readonly webhook: (events: ReadonlyArray<ConnectorEvent>) => ConnectorRequest
}

const HEADER = "scripted-signature"
const signatureOf = (body: Uint8Array | string): Buffer => createHmac("sha256", "scripted").update(body).digest()

const success = (external_id: string | null, external_data = {}): ConnectorSuccess => ({
  success: true,
  external_id,
  external_data,
  error: null,
  details: {}
})

export const scriptedConnector = (provider: ProviderType, script: ConnectorScript = {}): ScriptedConnector => {
  const syncs: Array<ScriptedSync> = []
  const rated: Array<TaxCall> = []
  const twins = new Map<string, string>()

  const sync =
    <R extends ResourceType>(type: R) =>
    (call: SyncCall<SyncRecords[R]>): Effect.Effect<ConnectorAnswer> =>
      Effect.sync(() => {
        syncs.push({ type, call })
        const failure = script.sync?.({ type, call })
        if (failure !== undefined) return failure
        const twin = call.external_id ?? twins.get(call.record.id) ?? `${provider}-${type}-${twins.size + 1}`
        twins.set(call.record.id, twin)
        return success(twin, { kept: call.key })
      })

  const common = {
    provider,
    test: () => Effect.sync((): ConnectorAnswer => script.test?.() ?? success(null)),
    receive: (_: unknown, { body, headers }: ConnectorRequest) =>
      Effect.suspend(() => {
        const given = Buffer.from(String(headers[HEADER] ?? ""), "hex")
        const expected = signatureOf(body)
        if (given.length !== expected.length || !timingSafeEqual(given, expected))
          return Effect.fail(new SignatureInvalid({ reason: "it does not match" }))
        const events: ReadonlyArray<ConnectorEvent> = JSON.parse(Buffer.from(body).toString())
        return Effect.succeed({ ...success(null), events })
      })
  }

  const rates = (call: TaxCall) =>
    Effect.sync(() => {
      rated.push(call)
      const answer = script.rates?.(call)
      if (typeof answer === "object") return answer
      return { ...success(null), fees: call.document.fees.map(({ fee_id }) => ({ fee_id, taxes: answer?.(fee_id) ?? [] })) }
    })

  const connectorOf = (): Connector => {
    const { type } = providerTable[provider]
    const documents = { customer: sync("customer"), invoice: sync("invoice"), payment: sync("payment") }
    switch (type) {
      case "accounting":
        return { ...common, type, sync: { ...documents, credit_note: sync("credit_note") } }
      case "crm":
        return { ...common, type, sync: { ...documents, subscription: sync("subscription") } }
      case "tax":
        return { ...common, type, rates, sync: { invoice: sync("invoice"), credit_note: sync("credit_note") } }
      case "payment_provider":
        return {
          provider,
          test: common.test,
          type,
          open: () => Effect.succeed(script.provider ?? scriptedProvider({ name: provider as ProviderName }))
        }
    }
  }

  return {
    connector: connectorOf(),
    syncs: () => syncs,
    rated: () => rated,
    webhook: (events) => {
      const body = JSON.stringify(events)
      return { headers: { [HEADER]: signatureOf(body).toString("hex") }, body }
    }
  }
}

/** A failure as a script answers it. */
export const connectorFailure: typeof failureOf = failureOf
