/** Tokens of OAuth 2: asked for once and kept in memory until they are about to end; never for other settings than those they were asked with. */
import { createHash } from "node:crypto"
import { Clock, Effect } from "effect"
import type { Connection, ConnectorFailure } from "../../../src/integrations/index.js"
import { idAt, textAt } from "./answers.js"
import { type HttpCall, jsonOf } from "./http.js"

interface Token {
  readonly value: string
  /** What else the answer said. */
  readonly json: unknown
}

interface Kept extends Token {
  readonly until: number
}

/** A token is asked for anew so long before its end. */
const MARGIN_MILLIS = 60_000
const LIFE_SECONDS = 1800
const MOST_KEPT = 1000

export interface Tokens {
  readonly tokenFor: (connection: Connection, request: Effect.Effect<HttpCall, ConnectorFailure>) => Effect.Effect<Token, ConnectorFailure>
  /** Forgets it: the system does not take it any more. */
  readonly forget: (connection: Connection) => Effect.Effect<void>
}

const keyOf = ({ integration_id, organization_id, settings }: Connection): string =>
  createHash("sha256")
    .update(JSON.stringify([organization_id, integration_id, settings]))
    .digest("hex")

export const tokens = (): Tokens => {
  const kept = new Map<string, Kept>()
  return {
    tokenFor: Effect.fnUntraced(function* (connection, request) {
      const key = keyOf(connection)
      const known = kept.get(key)
      if (known !== undefined && known.until > (yield* Clock.currentTimeMillis)) return known
      const json = yield* jsonOf(yield* request, (said) => textAt(said, "error_description") ?? textAt(said, "error"))
      const value = yield* idAt(json, "access_token")
      const seconds = Number(textAt(json, "expires_in") ?? LIFE_SECONDS)
      const now = yield* Clock.currentTimeMillis
      const life = Number.isFinite(seconds) ? seconds * 1000 : LIFE_SECONDS * 1000
      if (kept.size >= MOST_KEPT) kept.clear()
      const token = { value, json, until: now + Math.max(0, life - MARGIN_MILLIS) }
      kept.set(key, token)
      return token
    }),
    forget: (connection) => Effect.sync(() => void kept.delete(keyOf(connection)))
  }
}
