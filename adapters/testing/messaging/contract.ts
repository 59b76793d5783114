/** The contract of message gateways: what the library relies on, for every adapter. */
import { strict as assert } from "node:assert"
import { Effect, Either } from "effect"
import type { GatewayFailed, GatewayRequest, MessageGateway, OutgoingMessage, ReceiptStatus } from "../../../src/notifications/index.js"
import type { TestRunner } from "../stores/index.js"

/** A message as it came at the far side. */
export interface ArrivedMessage {
  /** Everybody it went to. */
  readonly to: ReadonlyArray<string>
  readonly subject: string
  readonly body: string
}

/** A gateway opened for the suite alone, with a far side that the test looks at. */
export interface OpenedGateway {
  readonly gateway: MessageGateway
  /** An address that it reaches; `shown` is how the far side names it. */
  readonly address: { readonly to: string; readonly shown: string }
  /** What no reason of a failure may hold. */
  readonly secret: string
  readonly arrived: () => Promise<ReadonlyArray<ArrivedMessage>>
  /** Has the far side refuse everything, or take it again. */
  readonly refuse: (refused: boolean) => Promise<void> | void
  /** Webhooks as the provider sends them of a message, signed; none where it has no webhooks. */
  readonly receipts: (gateway_message_id: string, word: ReceiptStatus) => Promise<ReadonlyArray<GatewayRequest>>
  readonly close: () => Promise<void> | void
}

let keys = 0
const messageOf = (to: string, given: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  key: `00000000-0000-7000-8000-${String(++keys).padStart(12, "0")}`,
  to,
  subject: "",
  body: "Hello",
  ...given
})

const failureOf = async (send: Effect.Effect<string, GatewayFailed>): Promise<GatewayFailed> => {
  const result = await Effect.runPromise(Effect.either(send))
  assert.ok(Either.isLeft(result), "it was not refused")
  assert.equal(result.left._tag, "GatewayFailed")
  return result.left
}

const altered = ({ body }: GatewayRequest): Uint8Array =>
  (typeof body === "string" ? new TextEncoder().encode(body) : body).map((byte) =>
    byte >= 48 && byte <= 57 ? 48 + ((byte - 47) % 10) : byte
  )

/** Describes the contract over an adapter: `messageGatewayConformance("mine", { describe, it, beforeAll, afterAll }, open)`. */
export const messageGatewayConformance = (adapter: string, runner: TestRunner, open: () => Promise<OpenedGateway>): void => {
  runner.describe(`message gateway ${adapter}`, () => {
    let opened: OpenedGateway | undefined
    runner.beforeAll(async () => {
      opened = await open()
    })
    runner.afterAll(async () => {
      await opened?.close()
    })
    const on = (test: (opened: OpenedGateway) => Promise<void>) => () => test(opened!)

    runner.it(
      "hands a message over as it is, once, and answers an id for it",
      on(async ({ address, arrived, gateway }) => {
        const before = (await arrived()).length
        const body = `Grüße, "Asha" & <you>: 100 %\n= ₹1,000 🙂`
        const subject = gateway.channel === "email" ? "Ihre Überprüfung" : ""
        const first = await Effect.runPromise(gateway.send(messageOf(address.to, { body, subject })))
        assert.ok(first.length > 0 && first.length <= 100, first)
        const came = (await arrived()).slice(before)
        assert.deepEqual(came, [{ to: [address.shown], subject, body }])
        const second = await Effect.runPromise(gateway.send(messageOf(address.to)))
        assert.notEqual(second, first)
      })
    )

    runner.it(
      "a far side that refuses is a failure, whose reason holds neither the text nor a secret",
      on(async ({ address, gateway, refuse, secret }) => {
        await refuse(true)
        const { message } = await failureOf(gateway.send(messageOf(address.to, { body: "private words", subject: "private" })))
        await refuse(false)
        assert.ok(!message.includes("private") && !message.includes(secret), message)
      })
    )

    runner.it(
      "an address is one address: nothing in it reaches anybody else",
      on(async ({ address, arrived, gateway }) => {
        for (const to of [`${address.to}\r\nBcc: other@example.com`, `${address.to},other@example.com`, "", "other@example.com\u0000"]) {
          const before = (await arrived()).length
          await failureOf(gateway.send(messageOf(to)))
          assert.equal((await arrived()).length, before)
        }
      })
    )

    runner.it(
      "says by webhook what became of a message, and only where its signature holds",
      on(async ({ address, gateway, receipts }) => {
        if (gateway.readWebhook === null) return
        const read = gateway.readWebhook
        const id = await Effect.runPromise(gateway.send(messageOf(address.to)))
        for (const word of ["sent", "delivered", "failed"] as const) {
          const requests = await receipts(id, word)
          assert.ok(requests.length > 0)
          for (const request of requests) {
            const words = await Effect.runPromise(read(request))
            assert.deepEqual(
              words.map(({ gateway_message_id, status }) => ({ gateway_message_id, status })),
              [{ gateway_message_id: id, status: word }]
            )
            for (const wrong of [
              { ...request, body: altered(request) },
              { ...request, headers: {} }
            ]) {
              const refused = await Effect.runPromise(Effect.either(read(wrong)))
              assert.ok(Either.isLeft(refused) && refused.left._tag === "SignatureInvalid", "what was altered is refused")
            }
          }
        }
      })
    )
  })
}
