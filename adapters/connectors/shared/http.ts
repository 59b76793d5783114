/**
 * HTTP calls of connectors: what comes back sorted into answers and failures, reads asked again. Addresses are never taken from settings: they are the
 * system's own, or the host's.
 */
import { Clock, Effect, Either } from "effect"
import { type ConnectorFailure, type FailureCode, failureOf } from "../../../src/integrations/index.js"
import { exchanged, jsonIn, LARGEST_ANSWER } from "../../shared/exchange.js"
import { withNumbers } from "./amounts.js"

/** What the host can set of a connector beside its settings. */
export interface HttpOptions {
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

/** Reads are repeated by the call itself, so often at most; what writes is repeated by the queue, with its key. */
const READ_RETRIES = 2

export interface HttpCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** An object goes as JSON, parameters as a form. */
  readonly body?: object | URLSearchParams
  readonly timeoutMillis?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed JSON; null where there was none. */
  readonly json: unknown
}

const bodyOf = ({ body }: HttpCall) => {
  if (body === undefined) return { body, type: undefined }
  if (body instanceof URLSearchParams) return { body: body.toString(), type: "application/x-www-form-urlencoded" }
  return { body: withNumbers(body), type: "application/json" }
}

const once = (call: HttpCall): Effect.Effect<HttpAnswer, ConnectorFailure> =>
  Effect.suspend(() => {
    const { body, type } = bodyOf(call)
    const headers = {
      accept: "application/json",
      "user-agent": "billwright",
      ...(type === undefined ? {} : { "content-type": type }),
      ...call.headers
    }
    const { method, timeoutMillis, url } = call
    return exchanged({ url, method, headers, body, timeoutMillis, largest: LARGEST_ANSWER })
  }).pipe(
    Effect.mapError((why) =>
      why === "late" ? failureOf("timeout", "no answer in time") : failureOf("unreachable", "the system cannot be reached")
    ),
    Effect.flatMap(({ headers, status, text }) =>
      text === null
        ? Effect.fail(failureOf("unreadable", "the answer is too large"))
        : Effect.succeed({ status, headers, json: jsonIn(text) })
    )
  )

const passing = (status: number): boolean => [408, 425, 502, 503, 504].includes(status)

const repeated = (call: HttpCall, left: number): Effect.Effect<HttpAnswer, ConnectorFailure> =>
  Effect.flatMap(Effect.either(once(call)), (result) => {
    const again = Either.isLeft(result) ? result.left.details.code === "unreachable" : passing(result.right.status)
    if (again && left > 0) return Effect.zipRight(Effect.sleep(200 * (READ_RETRIES - left + 1)), repeated(call, left - 1))
    return Either.isLeft(result) ? Effect.fail(result.left) : Effect.succeed(result.right)
  })

/** One call, any status; fails where no answer came that can be read. */
export const asked = (call: HttpCall): Effect.Effect<HttpAnswer, ConnectorFailure> =>
  repeated(call, call.method === "GET" ? READ_RETRIES : 0)

const codeOf = (status: number): FailureCode => {
  if (status === 401 || status === 403) return "unauthorized"
  if (status === 404) return "missing"
  if (status === 408) return "timeout"
  if (status === 429) return "rate_limited"
  return status >= 400 && status < 500 ? "invalid" : "unavailable"
}

const LONGEST_WAIT_SECONDS = 3600

/** Seconds or a date, as `Retry-After` has either. */
const retryAfter = (headers: Headers, now: number): number | undefined => {
  const given = headers.get("retry-after")
  if (given === null) return undefined
  const seconds = /^\d{1,9}$/.test(given) ? Number(given) : Math.ceil((Date.parse(given) - now) / 1000)
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), LONGEST_WAIT_SECONDS) : undefined
}

/** The failure of an answer that is none; `message` is what the system says in its own way. */
export const refused = (answer: HttpAnswer, message?: string | undefined): Effect.Effect<ConnectorFailure> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const seconds = retryAfter(answer.headers, now)
    return failureOf(codeOf(answer.status), message === undefined ? `HTTP ${answer.status}` : `HTTP ${answer.status}: ${message}`, {
      status: answer.status,
      ...(seconds === undefined ? {} : { retry_after_seconds: seconds })
    })
  })

/** The JSON of an answer to a call that succeeded; `words` finds in a refusal what the system says. */
export const jsonFrom = (
  answer: HttpAnswer,
  words: (json: unknown) => string | undefined = () => undefined
): Effect.Effect<unknown, ConnectorFailure> =>
  answer.status >= 200 && answer.status < 300
    ? Effect.succeed(answer.json)
    : Effect.flatMap(refused(answer, words(answer.json)), (failure) => Effect.fail(failure))

export const jsonOf = (call: HttpCall, words?: (json: unknown) => string | undefined): Effect.Effect<unknown, ConnectorFailure> =>
  Effect.flatMap(asked(call), (answer) => jsonFrom(answer, words))
