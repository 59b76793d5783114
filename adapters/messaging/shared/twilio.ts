/** Twilio's Messages API: one request a message, receipts by webhook. SMS and WhatsApp differ in how an address is written. */
import { createHmac, timingSafeEqual } from "node:crypto"
import { Effect, Predicate } from "effect"
import { SignatureInvalid } from "../../../src/core/index.js"
import {
  type GatewayFailed,
  type GatewayRequest,
  type GatewayWord,
  type MessageGateway,
  type OutgoingMessage,
  receiptStatusOf
} from "../../../src/notifications/index.js"
import { exchanged, jsonIn } from "../../shared/exchange.js"
import { revealed, type Secret } from "../../shared/options.js"
import { failed, isPhone } from "./sending.js"

export interface TwilioOptions {
  /** `AC…`. */
  readonly accountSid: string
  /** The account's auth token: it also signs receipts. */
  readonly authToken: Secret
  /** The number that messages come from, E.164, or a messaging service `MG…`. */
  readonly from: string
  /** Where receipts go: an address of the host's, exactly as Twilio is to call it. Without it no receipts come. */
  readonly webhookUrl?: string
  /** What the gateway is called among the host's. */
  readonly name?: string
  /** Where Twilio is, for tests; unless given, where it always is. */
  readonly baseUrl?: string
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

interface Kind {
  readonly name: string
  readonly channel: "sms" | "whatsapp"
  readonly address: (phone: string) => string
  /** Fields beside the text. */
  readonly template: (message: OutgoingMessage) => Readonly<Record<string, string>>
}

const ANSWER_BYTES = 64 * 1024

const fieldOf = (answer: unknown, name: string): string | null => {
  const value = Predicate.isRecord(answer) ? answer[name] : undefined
  return typeof value === "string" || typeof value === "number" ? String(value) : null
}

const postMessage = (gateway: string, options: TwilioOptions, form: URLSearchParams): Effect.Effect<string, GatewayFailed> =>
  Effect.suspend(() => {
    const base = options.baseUrl ?? "https://api.twilio.com"
    const account = encodeURIComponent(options.accountSid)
    return exchanged({
      url: `${base}/2010-04-01/Accounts/${account}/Messages.json`,
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${options.accountSid}:${revealed(options.authToken)}`).toString("base64")}`,
        "content-type": "application/x-www-form-urlencoded"
      },
      body: form.toString(),
      timeoutMillis: options.timeoutMillis,
      largest: ANSWER_BYTES
    })
  }).pipe(
    Effect.mapError(() => failed(gateway, "no answer")),
    Effect.flatMap(({ status, text }) => {
      const answer = jsonIn(text)
      const sid = fieldOf(answer, "sid")
      if (status >= 200 && status < 300 && sid !== null) return Effect.succeed(sid)
      const code = fieldOf(answer, "code")
      return failed(gateway, `refused with ${status}${code === null ? "" : ` (${code})`}`)
    })
  )

const refusal = (reason: string) => new SignatureInvalid({ reason })

const headerOf = ({ headers }: GatewayRequest, name: string): string | null => {
  const found = Object.entries(headers).flatMap(([key, value]) => (key.toLowerCase() === name && value !== undefined ? [value].flat() : []))
  return found.length === 1 ? found[0]! : null
}

/** The address and all fields by name, one behind the other. */
export const twilioSignature = (authToken: string, url: string, form: URLSearchParams): Buffer => {
  const names = [...new Set(form.keys())].sort()
  const content = names
    .map((name) =>
      [...new Set(form.getAll(name))]
        .sort()
        .map((value) => `${name}${value}`)
        .join("")
    )
    .join("")
  return createHmac("sha1", authToken)
    .update(url + content, "utf8")
    .digest()
}

const readReceipt = (
  options: TwilioOptions,
  url: string,
  request: GatewayRequest
): Effect.Effect<ReadonlyArray<GatewayWord>, SignatureInvalid> =>
  Effect.suspend(() => {
    const given = headerOf(request, "x-twilio-signature")
    if (given === null) return refusal("x-twilio-signature is missing")
    const form = new URLSearchParams(typeof request.body === "string" ? request.body : Buffer.from(request.body).toString("utf8"))
    const expected = twilioSignature(revealed(options.authToken), url, form)
    const bytes = /^[A-Za-z0-9+/]{27}=$/.test(given) ? Buffer.from(given, "base64") : Buffer.alloc(0)
    if (bytes.length !== expected.length || !timingSafeEqual(bytes, expected)) return refusal("it is not Twilio's")
    const id = form.get("MessageSid") ?? form.get("SmsSid")
    const status = receiptStatusOf(form.get("MessageStatus") ?? form.get("SmsStatus") ?? "")
    if (id === null || id === "" || status === null) return Effect.succeed([])
    return Effect.succeed([
      { gateway_message_id: id, status, error_code: form.get("ErrorCode"), error_message: form.get("ErrorMessage") ?? "" }
    ])
  })

export const twilioGateway =
  (kind: Kind) =>
  (options: TwilioOptions): MessageGateway => {
    const name = options.name ?? kind.name
    const { webhookUrl } = options
    const sender: Readonly<Record<string, string>> = options.from.startsWith("MG")
      ? { MessagingServiceSid: options.from }
      : { From: kind.address(options.from) }
    return {
      name,
      channel: kind.channel,
      send: (message) => {
        if (!isPhone(message.to)) return failed(name, "the address is no telephone number")
        const callback: Readonly<Record<string, string>> = webhookUrl === undefined ? {} : { StatusCallback: webhookUrl }
        const fields = { To: kind.address(message.to), ...sender, ...kind.template(message), ...callback }
        return postMessage(name, options, new URLSearchParams(fields))
      },
      readWebhook: webhookUrl === undefined ? null : (request) => readReceipt(options, webhookUrl, request)
    }
  }
