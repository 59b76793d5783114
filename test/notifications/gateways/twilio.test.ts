import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { twilioSignature } from "../../../adapters/messaging/shared/twilio.js"
import { sms } from "../../../adapters/messaging/sms/index.js"
import { whatsapp } from "../../../adapters/messaging/whatsapp/index.js"
import { type ArrivedMessage, messageGatewayConformance } from "../../../adapters/testing/index.js"

const AUTH_TOKEN = "12345"
const WEBHOOK = "https://host.example/receipts?org=1"

/** Twilio's Messages API as far as it is called. */
const fakeTwilio = async () => {
  const arrived: Array<ArrivedMessage & { readonly form: URLSearchParams }> = []
  let refused = false
  let wrong: string | undefined
  const server = createServer(async (request, response) => {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"))
    if (
      request.url !== "/2010-04-01/Accounts/AC1/Messages.json" ||
      request.headers.authorization !== `Basic ${btoa(`AC1:${AUTH_TOKEN}`)}`
    ) {
      wrong = request.url
    }
    response.setHeader("content-type", "application/json")
    if (refused) {
      response.writeHead(400)
      return response.end(JSON.stringify({ code: 21211, message: `Invalid 'To': ${form.get("Body")}`, status: 400 }))
    }
    arrived.push({ to: [form.get("To") ?? ""], subject: "", body: form.get("Body") ?? "", form })
    response.writeHead(201)
    return response.end(JSON.stringify({ sid: `SM${arrived.length}`, status: "queued" }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived,
    wrong: () => wrong,
    refuse: (now: boolean) => {
      refused = now
    },
    close: () => void server.close()
  }
}

const WORDS = { sent: "sent", delivered: "delivered", failed: "undelivered", read: "read" }

const signed = (id: string, status: keyof typeof WORDS) => {
  const form = new URLSearchParams({ MessageSid: id, MessageStatus: WORDS[status], ErrorCode: "30003", AccountSid: "AC1" })
  const signature = twilioSignature(AUTH_TOKEN, WEBHOOK, form).toString("base64")
  return { headers: { "X-Twilio-Signature": signature }, body: form.toString() }
}

for (const [name, make, shown] of [
  ["twilio_sms", sms, "+4915112345678"],
  ["twilio_whatsapp", whatsapp, "whatsapp:+4915112345678"]
] as const) {
  messageGatewayConformance(name, { describe, it, beforeAll, afterAll }, async () => {
    const twilio = await fakeTwilio()
    const options = { accountSid: "AC1", authToken: AUTH_TOKEN, from: "+15005550006", webhookUrl: WEBHOOK, baseUrl: twilio.baseUrl }
    return {
      gateway: make(options),
      address: { to: "+4915112345678", shown },
      secret: AUTH_TOKEN,
      arrived: async () => twilio.arrived.map(({ form: _, ...message }) => message),
      refuse: twilio.refuse,
      receipts: async (id, word) => [signed(id, word)],
      close: () => {
        expect(twilio.wrong()).toBeUndefined()
        twilio.close()
      }
    }
  })
}

describe("Twilio", () => {
  it("signs as its documentation's example says", () => {
    const form = new URLSearchParams({
      CallSid: "CA1234567890ABCDE",
      Caller: "+14158675310",
      Digits: "1234",
      From: "+14158675310",
      To: "+18005551212"
    })
    const url = "https://example.com/myapp.php?foo=1&bar=2"
    expect(twilioSignature("12345", url, form).toString("base64")).toBe("L/OH5YylLD5NRKLltdqwSvS0BnU=")
  })

  it("sends from a service, asks for receipts, and names what WhatsApp approved", async () => {
    const twilio = await fakeTwilio()
    const gateway = whatsapp({ accountSid: "AC1", authToken: AUTH_TOKEN, from: "MG1", webhookUrl: WEBHOOK, baseUrl: twilio.baseUrl })
    const content = `HX${"a".repeat(32)}`
    await Effect.runPromise(gateway.send({ key: "k", to: "+4915112345678", subject: "", body: "Hi", provider_template: content }))
    expect(Object.fromEntries(twilio.arrived[0]!.form)).toEqual({
      To: "whatsapp:+4915112345678",
      MessagingServiceSid: "MG1",
      ContentSid: content,
      ContentVariables: '{"1":"Hi"}',
      StatusCallback: WEBHOOK
    })
    twilio.close()
  })

  it("nobody there is a failure, and so is an answer that is none", async () => {
    const options = { accountSid: "AC1", authToken: AUTH_TOKEN, from: "+15005550006" }
    const nobody = sms({ ...options, baseUrl: "http://127.0.0.1:1" })
    const send = { key: "k", to: "+4915112345678", subject: "", body: "Hi" }
    expect((await Effect.runPromise(Effect.flip(nobody.send(send)))).message).toBe("twilio_sms: no answer")
    expect(nobody.readWebhook).toBeNull()
  })
})
