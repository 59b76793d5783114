/** Xero's Accounting API: custom connections by client credentials, one organisation each. */
import { Effect } from "effect"
import { type Connection, type ConnectorFailure, failureOf } from "../../../src/integrations/index.js"
import { listAt, optionalSetting, setting, textAt } from "../shared/answers.js"
import { type HttpCall, type HttpOptions, jsonOf } from "../shared/http.js"
import { tokens } from "../shared/tokens.js"

export interface XeroOptions extends HttpOptions {
  /** Where the API is, for tests; unless given, where it always is. */
  readonly baseUrl?: string
  /** Where tokens are, for tests; unless given, where they always are. */
  readonly identityUrl?: string
}

const SCOPES = "accounting.contacts accounting.transactions accounting.settings.read"

/** What Xero says of a refusal: of a document the first thing that is wrong with it. */
const words = (json: unknown): string | undefined => {
  const [first] = listAt(json, "Elements").flatMap((element) => listAt(element, "ValidationErrors"))
  return textAt(first, "Message") ?? textAt(json, "Message") ?? textAt(json, "Detail") ?? textAt(json, "Title")
}

export interface Asking {
  readonly method: HttpCall["method"]
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** Repetitions are one for a few minutes. */
  readonly key?: string
}

export const xeroApi = ({ baseUrl = "https://api.xero.com", identityUrl = "https://identity.xero.com", timeoutMillis }: XeroOptions) => {
  const patience = timeoutMillis === undefined ? {} : { timeoutMillis }
  const { forget, tokenFor } = tokens()

  const tokenRequest = Effect.fnUntraced(function* (connection: Connection) {
    const client = yield* setting(connection, "client_id")
    const secret = yield* setting(connection, "client_secret")
    const basic = Buffer.from(`${client}:${secret}`).toString("base64")
    return {
      method: "POST",
      url: new URL("/connect/token", identityUrl),
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: "client_credentials", scope: SCOPES }),
      ...patience
    } satisfies HttpCall
  })

  return Effect.fnUntraced(function* (connection: Connection, { body, key, method, path, query = {} }: Asking) {
    const token = yield* tokenFor(connection, tokenRequest(connection)).pipe(
      // An unknown client is a bad request to the token's endpoint.
      Effect.mapError(
        (failure): ConnectorFailure =>
          failure.details.code === "invalid" ? failureOf("unauthorized", failure.error, failure.details) : failure
      )
    )
    const url = new URL(`/api.xro/2.0${path}`, baseUrl)
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
    const tenant = optionalSetting(connection, "tenant_id", "")
    const headers = {
      authorization: `Bearer ${token.value}`,
      ...(tenant === "" ? {} : { "xero-tenant-id": tenant }),
      ...(key === undefined ? {} : { "idempotency-key": key.slice(-128) })
    }
    return yield* jsonOf({ method, url, headers, ...(body === undefined ? {} : { body }), ...patience }, words).pipe(
      Effect.tapError((failure) => (failure.details.code === "unauthorized" ? forget(connection) : Effect.void))
    )
  })
}
