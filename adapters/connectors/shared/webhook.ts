/** Webhooks of systems: verified over the bytes as they came, then read. */
import { Effect } from "effect"
import type { SignatureInvalid } from "../../../src/core/index.js"
import type { ConnectorEvent, ConnectorRequest, ReceivedAnswer } from "../../../src/integrations/index.js"
import { ProviderUnsupported } from "../../../src/payments/index.js"
import { bytesOf, hmac, isSignature, refusal } from "../../payments/shared/signature.js"
import { success } from "./answers.js"

export { headerOf, jsonOf as jsonBody } from "../../payments/shared/signature.js"

/** Whether a request bears this signature over `content`, base64; refused before anything is read. */
export const signed = (
  key: string,
  given: string | null,
  ...content: ReadonlyArray<string | Buffer>
): Effect.Effect<void, SignatureInvalid> => {
  if (given === null) return Effect.fail(refusal("the header is missing"))
  return isSignature(hmac(key, ...content), given, "base64") ? Effect.void : Effect.fail(refusal("it does not match"))
}

/** No secret of the webhook among the settings: nothing can be believed. */
export const secretOf = (settings: Readonly<Record<string, unknown>>, name: string): Effect.Effect<string, SignatureInvalid> => {
  const value = settings[name]
  return typeof value === "string" && value !== "" ? Effect.succeed(value) : Effect.fail(refusal(`settings.${name} is missing`))
}

export const rawBody = ({ body }: ConnectorRequest): Buffer => bytesOf(body)

export const received = (events: ReadonlyArray<ConnectorEvent>): ReceivedAnswer => ({ ...success(null), events })

/** A system that sends no webhooks that could be verified. */
export const lacksWebhooks = (provider: string) => () => Effect.fail(new ProviderUnsupported({ provider, operation: "receive" }))
