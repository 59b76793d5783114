/** One HTTP exchange with an outside system: bounded in time and size, no redirect followed. What it means is its caller's to say. */
import { Effect } from "effect"
import { PATIENCE_MILLIS } from "./options.js"

/** So much of an answer is read unless a caller knows better. */
export const LARGEST_ANSWER = 2 * 1024 * 1024

export interface Exchange {
  readonly url: URL | string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
  readonly timeoutMillis?: number | undefined
  /** So many bytes of an answer are read. */
  readonly largest: number
}

export interface Exchanged {
  readonly status: number
  readonly headers: Headers
  /** Null where it is larger than what is read. */
  readonly text: string | null
}

/** Why there is no answer: none in time, or none at all. */
export type Unanswered = "late" | "unreachable"

const textOf = async (response: Response, largest: number): Promise<string | null> => {
  const reader = response.body?.getReader()
  if (reader === undefined) return ""
  const parts: Array<Uint8Array> = []
  let size = 0
  while (true) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(parts).toString("utf8")
    size += value.length
    if (size > largest) {
      await reader.cancel()
      return null
    }
    parts.push(value)
  }
}

export const exchanged = ({ body, headers, largest, method, timeoutMillis, url }: Exchange): Effect.Effect<Exchanged, Unanswered> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(url, { method, headers, redirect: "error", signal, ...(body === undefined ? {} : { body }) })
      return { status: response.status, headers: response.headers, text: await textOf(response, largest) }
    },
    catch: (): Unanswered => "unreachable"
  }).pipe(
    // Not by `AbortSignal.any` with a timeout: Node 20 may collect the timeout before it has come, and the call hangs for ever.
    Effect.timeoutFail({ duration: timeoutMillis ?? PATIENCE_MILLIS, onTimeout: (): Unanswered => "late" })
  )

/** A text as JSON; null where it is none. */
export const jsonIn = (text: string | null): unknown => {
  try {
    return text === null || text === "" ? null : JSON.parse(text)
  } catch {
    return null
  }
}
