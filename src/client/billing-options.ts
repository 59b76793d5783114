/** What a host says and gives when it opens a billing, and the layers that it makes of it. */
import { type Clock, Duration, Effect, Layer } from "effect"
import { CustomFunctions } from "../catalog/index.js"
import { type SecretBox, Secrets } from "../core/index.js"
import { type DocumentPrinter, DocumentPrinters } from "../documents/index.js"
import { Backups, CallReminderDelay, type HostBackups, type HostUsers, UserDirectory, userDirectory } from "../fieldwork/index.js"
import { type Connector, Connectors } from "../integrations/index.js"
import { type IngestionLimit, IngestionLimiter } from "../metering/index.js"
import { type HostVariables, type MessageGateway, MessageGateways, MessageVariables, messageVariables } from "../notifications/index.js"
import { Exporting, type ExportSetup } from "../operations/index.js"
import { type PaymentProvider, PaymentProviders } from "../payments/index.js"
import { PortalAddress } from "../portal/index.js"
import type { CustomFunction } from "../pricing/index.js"
import { Artefacts, Files, type HostArtefacts, type HostFiles, RequiredArtefacts } from "../reporting/index.js"
import { type DeliveryTerms, Transport, WebhookTerms, type WebhookTransport } from "../webhooks/index.js"
import type { Database } from "./database.js"
import { rejection } from "./face.js"

export interface BillingOptions<Host> {
  /** `sqlite("billing.db")` or `postgres(url)`. */
  readonly database: Database<Host>
  /**
   * Whether to bring the schema to this package's revision first; safe when several hosts start at once. Unless given, an
   * embedded file is migrated and a server is not: there another revision is refused.
   */
  readonly migrate?: boolean
  /** Where the time comes from; the machine's clock unless given. */
  readonly clock?: Clock.Clock
  /**
   * At most so many calls of `events.ingest` and `ingestOne` for each organization, 1,000 in 60 seconds where `{}` says no other;
   * without a limit none is counted. Each process counts for itself.
   */
  readonly ingestionLimit?: IngestionLimit
  /** Pure functions for custom charges, by the metric's code. */
  readonly customFunctions?: Readonly<Record<string, CustomFunction>>
  /** What charges stored methods, one of a name. */
  readonly paymentProviders?: ReadonlyArray<PaymentProvider>
  /** What speaks to accounting, CRM, tax and payment systems, one of a provider: `xero()` of `billwright/connectors/xero` and the like. */
  readonly connectors?: ReadonlyArray<Connector>
  /** What draws invoices and credit notes: `pdf()` of `billwright/pdf`. */
  readonly printer?: DocumentPrinter
  /** The host's directory of users, for the field side: it knows nobody without. */
  readonly users?: HostUsers
  /** Who finds a backup in an emergency; nobody is found without. */
  readonly backups?: HostBackups
  /** What the host has of installations, for closure packs. */
  readonly artefacts?: HostArtefacts
  /** Kinds of artefacts without which a closure pack stays a draft; `survey_report`, `installation_report` and `photo` unless given. */
  readonly requiredArtefacts?: ReadonlyArray<string>
  /** Hours after a mandatory call that did not come through until its caller is reminded of it; 2 unless given. */
  readonly callReminderHours?: number
  /** Where reports and packs are kept as files; none are made without, nor without a printer. */
  readonly files?: HostFiles
  /** What carries messages out, one for each channel: `smtp(…)` of `billwright/messaging/smtp` and the like. Messages of other channels stay queued. */
  readonly messageGateways?: ReadonlyArray<MessageGateway>
  /** What automatic messages say that the library does not keep: addresses, links, telephone numbers. */
  readonly messageVariables?: HostVariables
  /** Where your portal for customers is: addresses of sessions are made of it. */
  readonly portal?: { readonly url: string }
  /** What seals secrets at rest: `secrets(…)` of `billwright/secrets`. What needs it is refused without. */
  readonly secrets?: SecretBox
  /** What sends webhooks: `webhooks(…)` of `billwright/webhooks`. Endpoints cannot be made without. */
  readonly webhooks?: { readonly transport: WebhookTransport; readonly terms: DeliveryTerms }
  /** Where data exports go: `exportsTo(folder(…))` of `billwright/exports`. None can be asked for without. */
  readonly exports?: ExportSetup
}

/** One limiter for all that is opened over a database, transactions of the host included. */
const limitLayer = async (limit: IngestionLimit | undefined): Promise<Layer.Layer<never>> => {
  if (limit === undefined) return Layer.empty
  const limiter = await Effect.runPromiseExit(IngestionLimiter.make(limit))
  if (limiter._tag === "Failure") throw rejection(limiter.cause)
  return Layer.succeed(IngestionLimiter, limiter.value)
}

/** What services find of it, those inside a transaction of the host included. Rejects with `InvalidInput` for a limit that is none. */
export const hostLayer = async <Host>(options: BillingOptions<Host>) => {
  const { connectors = [], customFunctions = {}, messageGateways = [], messageVariables: variables, paymentProviders = [] } = options
  const { callReminderHours, exports: exporting, requiredArtefacts, secrets: sealing, users, webhooks: sending } = options
  return Layer.mergeAll(
    await limitLayer(options.ingestionLimit),
    Layer.succeed(CustomFunctions, new Map(Object.entries(customFunctions))),
    Layer.succeed(PaymentProviders, new Map(paymentProviders.map((provider) => [provider.name, provider]))),
    Layer.succeed(Connectors, new Map(connectors.map((connector) => [connector.provider, connector]))),
    Layer.succeed(MessageGateways, new Map(messageGateways.map((gateway) => [gateway.channel, gateway]))),
    Layer.succeed(DocumentPrinters, options.printer ?? null),
    Layer.succeed(Artefacts, options.artefacts ?? null),
    Layer.succeed(Files, options.files ?? null),
    Layer.succeed(Backups, options.backups ?? null),
    requiredArtefacts === undefined ? Layer.empty : Layer.succeed(RequiredArtefacts, requiredArtefacts),
    callReminderHours === undefined ? Layer.empty : Layer.succeed(CallReminderDelay, Duration.hours(callReminderHours)),
    users === undefined ? Layer.empty : Layer.succeed(UserDirectory, userDirectory(users)),
    sealing === undefined ? Layer.empty : Layer.succeed(Secrets, sealing),
    sending === undefined
      ? Layer.empty
      : Layer.merge(Layer.succeed(Transport, sending.transport), Layer.succeed(WebhookTerms, sending.terms)),
    options.portal === undefined ? Layer.empty : Layer.succeed(PortalAddress, options.portal.url),
    exporting === undefined ? Layer.empty : Layer.succeed(Exporting, exporting),
    variables === undefined ? Layer.empty : Layer.succeed(MessageVariables, messageVariables(variables))
  )
}
