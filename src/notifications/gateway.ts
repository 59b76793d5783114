/** The port to what carries messages out: one gateway for each channel. Its contract is tested by `messageGatewayConformance` of `billwright/testing`. */
import { Context, type Effect, Schema } from "effect"
import type { SignatureInvalid } from "../core/index.js"
import type { ReceiptStatus } from "./receipt.js"
import type { TemplateChannel } from "./template.js"

/** A gateway refused a message, or could not be reached; `reason` goes into the record of the message. */
export class GatewayFailed extends Schema.TaggedError<GatewayFailed>()("GatewayFailed", { gateway: Schema.String, reason: Schema.String }) {
  override get message() {
    return `${this.gateway}: ${this.reason}`
  }
}

/** No gateway of this name is set up, or it has no webhooks. */
export class GatewayNotConfigured extends Schema.TaggedError<GatewayNotConfigured>()("GatewayNotConfigured", { gateway: Schema.String }) {
  override get message() {
    return `no gateway ${this.gateway} with webhooks is set up`
  }
}

export interface Attachment {
  readonly filename: string
  readonly media_type: string
  readonly bytes: Uint8Array
}

/** One message on its way out. */
export interface OutgoingMessage {
  /** The same on every try of one message, of no other one. */
  readonly key: string
  /** Where it goes: an address of the gateway's channel. */
  readonly to: string
  /** One line; empty but for e-mail. */
  readonly subject: string
  /** HTML for e-mail, plain text for the others. */
  readonly body: string
  /** What the provider approved the text as. */
  readonly provider_template?: string | null
  readonly bcc?: ReadonlyArray<string>
  readonly attachments?: ReadonlyArray<Attachment>
}

/** A webhook as it came: nothing of it is read before its signature holds. */
export interface GatewayRequest {
  /** The address that was called, as its sender knows it; some signatures cover it. */
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  /** The bytes as they came, or their text. */
  readonly body: Uint8Array | string
}

/** What a webhook says of a message. */
export interface GatewayWord {
  readonly gateway_message_id: string
  readonly status: ReceiptStatus
  readonly error_code: string | null
  readonly error_message: string
}

export interface MessageGateway {
  /** Which one it is among the host's: `smtp`, `twilio_sms`. */
  readonly name: string
  readonly channel: TemplateChannel
  /** Hands a message over and answers the gateway's id for it. Called outside transactions. */
  readonly send: (message: OutgoingMessage) => Effect.Effect<string, GatewayFailed>
  /** Verifies a webhook over what came, in constant time, and only then reads it; null where the gateway has none. */
  readonly readWebhook: ((request: GatewayRequest) => Effect.Effect<ReadonlyArray<GatewayWord>, SignatureInvalid>) | null
}

/** The gateways that the host set up, by channel; none unless it says so. */
export class MessageGateways extends Context.Reference<MessageGateways>()("billwright/MessageGateways", {
  defaultValue: (): ReadonlyMap<TemplateChannel, MessageGateway> => new Map()
}) {}
