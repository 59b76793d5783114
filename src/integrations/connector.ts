/**
 * The port that connectors fill, one interface for each type of system. A connector keeps nothing and fails with nothing: whatever comes of a call
 * is its answer. Calls are repeated with the same key where no answer came back, and make nothing twice.
 */
import { Context, type Effect } from "effect"
import type { SuppliedTax } from "../catalog/index.js"
import type { JsonObject, OrganizationId, SignatureInvalid } from "../core/index.js"
import type { PaymentProvider, ProviderUnsupported } from "../payments/index.js"
import type { IntegrationId, ResourceType } from "./integration.js"
import type { ProviderType } from "./providers.js"
import type { SyncRecords, TaxDocument } from "./records.js"

/** For whom a call is made, with the settings opened. Never logged, never kept. */
export interface Connection {
  readonly organization_id: OrganizationId
  readonly integration_id: IntegrationId
  readonly settings: Readonly<Record<string, unknown>>
}

/**
 * What became of a call that failed: refused for who we are (`unauthorized`), for calling too often (`rate_limited`), for what was asked
 * (`invalid`, `missing`); not reached (`unreachable`), no answer in time (`timeout`), out of order (`unavailable`), answered with something
 * that is none (`unreadable`), or settings are missing (`settings`).
 */
export type FailureCode =
  | "unauthorized"
  | "rate_limited"
  | "invalid"
  | "missing"
  | "unreachable"
  | "timeout"
  | "unavailable"
  | "unreadable"
  | "settings"

/** A call that came to nothing. `error` says why, for people; nothing in it is a secret. */
export interface ConnectorFailure {
  readonly success: false
  readonly external_id: null
  readonly external_data: JsonObject
  readonly error: string
  readonly details: JsonObject & { readonly code: FailureCode; readonly retry_after_seconds?: number }
}

/** A call that did what was asked. */
export interface ConnectorSuccess {
  readonly success: true
  /** The twin's id; null where the call is about none. */
  readonly external_id: string | null
  /** What is worth keeping of the twin: its number, its address. */
  readonly external_data: JsonObject
  readonly error: null
  /** `partial: true` with `error`, where a part of what was asked was not done. */
  readonly details: JsonObject
}

export type ConnectorAnswer = ConnectorSuccess | ConnectorFailure

/** A row to be brought into the system, or brought up to date there. */
export interface SyncCall<R> {
  readonly connection: Connection
  readonly action: "create" | "update" | "delete"
  readonly record: R
  /** The twin, where it is known: from a link or from the last sync. */
  readonly external_id: string | null
  /** What was kept of it. */
  readonly external_data: JsonObject
  /** The same for every repetition of one sync: `<integration>/<type>/<id>/<version>`. */
  readonly key: string
}

/** A webhook of the system as the host's route has it: nothing of the body is read before its signature holds. */
export interface ConnectorRequest {
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Uint8Array | string
  /** `POST` unless given; some signatures cover it. */
  readonly method?: string
  /** The whole address that was called; some signatures cover it. */
  readonly url?: string
}

/** What a webhook says: about which twin, where it is about one. */
export interface ConnectorEvent {
  readonly id: string
  readonly name: string
  readonly resource_type: ResourceType | null
  readonly external_id: string | null
  readonly external_data: JsonObject
}

export interface ReceivedAnswer extends ConnectorSuccess {
  readonly events: ReadonlyArray<ConnectorEvent>
}

interface Tested {
  readonly provider: ProviderType
  /** Whether the system takes the settings: asks it for something that changes nothing. */
  readonly test: (connection: Connection) => Effect.Effect<ConnectorAnswer>
}

interface Common extends Tested {
  /** Verifies a webhook of the system over its raw body, in constant time, and only then reads it. `now` is the clock's. */
  readonly receive: (
    connection: Connection,
    request: ConnectorRequest
  ) => Effect.Effect<ReceivedAnswer | ConnectorFailure, SignatureInvalid | ProviderUnsupported>
}

type Syncing<K extends ResourceType> = {
  readonly [R in K]: (call: SyncCall<SyncRecords[R]>) => Effect.Effect<ConnectorAnswer>
}

export interface AccountingConnector extends Common {
  readonly type: "accounting"
  readonly sync: Syncing<"customer" | "invoice" | "payment" | "credit_note">
}

export interface CrmConnector extends Common {
  readonly type: "crm"
  readonly sync: Syncing<"customer" | "subscription" | "invoice" | "payment">
}

/** A document that is about to be issued. */
export interface TaxCall {
  readonly connection: Connection
  readonly document: TaxDocument
  readonly key: string
}

/** Every fee that was asked for, once; a fee without taxes is exempt. */
export interface TaxRates extends ConnectorSuccess {
  readonly fees: ReadonlyArray<{ readonly fee_id: string; readonly taxes: ReadonlyArray<SuppliedTax> }>
}

export interface TaxConnector extends Common {
  readonly type: "tax"
  /** The rates for each fee of a document. Changes nothing in the system. */
  readonly rates: (call: TaxCall) => Effect.Effect<TaxRates | ConnectorFailure>
  /**
   * Records a final document by what is `taxed` of it, under its own id, for the returns that the system files; one that no longer `stands` is
   * taken back. Called for documents alone whose rates the integration gave.
   */
  readonly sync: Syncing<"invoice" | "credit_note">
}

/** What charges and reads webhooks is the port of payments, opened with an organization's own keys. */
export interface PaymentConnector extends Tested {
  readonly type: "payment_provider"
  /** The provider with the keys of the settings; fails where one is missing. Asks nobody. */
  readonly open: (connection: Connection) => Effect.Effect<PaymentProvider, ConnectorFailure>
}

export type Connector = AccountingConnector | CrmConnector | TaxConnector | PaymentConnector

/** The connectors that the host set up, by provider; none unless it says so. */
export class Connectors extends Context.Reference<Connectors>()("billwright/Connectors", {
  defaultValue: (): ReadonlyMap<ProviderType, Connector> => new Map()
}) {}
