/** Gateways that do as a test says, and remember what they were given. */
import { Effect, Layer } from "effect"
import { SignatureInvalid } from "../../src/core/index.js"
import {
  GatewayFailed,
  type GatewayWord,
  type MessageGateway,
  MessageGateways,
  type OutgoingMessage,
  type TemplateChannel
} from "../../src/notifications/index.js"

type Behaviour = (message: OutgoingMessage) => Effect.Effect<string, GatewayFailed>

export const scriptedGateways = () => {
  const sent: Array<OutgoingMessage & { readonly channel: TemplateChannel }> = []
  let ids = 0
  const takes: Behaviour = () => Effect.sync(() => `m-${++ids}`)
  const script: { behaviour: Behaviour } = { behaviour: takes }
  const gateway = (channel: TemplateChannel): MessageGateway => ({
    name: `scripted_${channel}`,
    channel,
    send: (message) =>
      Effect.suspend(() => {
        sent.push({ ...message, channel })
        return script.behaviour(message)
      }),
    // The body is the words themselves, the header says whether they are to be believed.
    readWebhook: ({ body, headers }) =>
      headers.signature === "good"
        ? Effect.succeed(JSON.parse(String(body)) as ReadonlyArray<GatewayWord>)
        : new SignatureInvalid({ reason: "it is another's" })
  })
  const channels: ReadonlyArray<TemplateChannel> = ["sms", "email", "whatsapp"]
  return {
    sent,
    takes: () => {
      script.behaviour = takes
    },
    refuses: (reason: string) => {
      script.behaviour = () => new GatewayFailed({ gateway: "scripted", reason })
    },
    does: (behaviour: Behaviour) => {
      script.behaviour = behaviour
    },
    layer: Layer.succeed(MessageGateways, new Map(channels.map((channel) => [channel, gateway(channel)])))
  }
}
