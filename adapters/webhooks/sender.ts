/** One POST on a connection of its own, guarded by the address that it really goes to. */
import { lookup as systemLookup } from "node:dns"
import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http"
import { request as httpsRequest } from "node:https"
import { isIP, type LookupFunction, type Socket } from "node:net"
import { Effect } from "effect"
import { type Answer, type Delivery, DeliveryFailed } from "../../src/webhooks/index.js"
import { type GuardOptions, hostOf, isPublicAddress } from "./guard.js"

/** How much of an answer is read; the connection is cut after it. */
const READ_BYTES = 16 * 1024

export interface SenderOptions extends GuardOptions {
  /** How names are looked up: the system's way unless given. */
  readonly lookup: LookupFunction | undefined
  /** Certificate authorities beside the system's, PEM. */
  readonly ca: string | undefined
}

class RefusedAddress extends Error {}

const refused = () => new RefusedAddress("the address is in a private or local network")

/** A lookup that answers only where every address of the name is public: which of them is connected to is the system's choice. */
const guardedLookup =
  (lookup: LookupFunction): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error !== null) return callback(error, "", 0)
      const addresses = Array.isArray(found) ? found : [{ address: found, family: family ?? 0 }]
      const first = addresses[0]
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) return callback(refused(), "", 0)
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })

const reasonOf = (error: unknown): string => {
  if (error instanceof RefusedAddress) return error.message
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return code === "" ? "the connection failed" : `the connection failed: ${code}`
}

/** Reads the beginning of a body, for as long as the try may take; whatever becomes of the rest, the status stands. */
const readBeginning = (response: IncomingMessage, done: (body: string) => void): void => {
  const chunks: Array<Buffer> = []
  let size = 0
  let over = false
  const finish = () => {
    if (over) return
    over = true
    done(Buffer.concat(chunks).subarray(0, READ_BYTES).toString("utf8"))
    response.destroy()
  }
  response.on("data", (chunk: Buffer) => {
    chunks.push(chunk)
    size += chunk.length
    if (size >= READ_BYTES) finish()
  })
  response.on("end", finish).on("close", finish).on("error", finish)
}

/** Posts once. Follows no redirect, uses no proxy and no connection of before; ends with the time it may take. */
export const sender =
  ({ allowPrivate, ca, lookup = systemLookup as LookupFunction }: SenderOptions) =>
  ({ body, headers, timeout_seconds, url }: Delivery): Effect.Effect<Answer, DeliveryFailed> =>
    Effect.async((resume) => {
      const target = new URL(url)
      const secure = target.protocol === "https:"
      const host = hostOf(target)
      // Nothing looks an address up: it is checked before it is connected to.
      if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) return resume(new DeliveryFailed({ reason: refused().message }))
      let answer: Answer | undefined
      let response: IncomingMessage | undefined
      let settled = false
      let outgoing: ClientRequest | undefined
      const settle = (result: Effect.Effect<Answer, DeliveryFailed>) => {
        if (settled) return
        settled = true
        clearTimeout(timer)
        outgoing?.destroy()
        resume(result)
      }
      const fail = (reason: string) => settle(new DeliveryFailed({ reason }))
      const timer = setTimeout(() => {
        // The status is what counts; a body that does not end is cut.
        if (response !== undefined) response.destroy()
        else fail(`no answer within ${timeout_seconds} seconds`)
      }, timeout_seconds * 1000)
      const options: RequestOptions = {
        method: "POST",
        headers: { ...headers, "content-length": String(body.length), "accept-encoding": "identity", connection: "close" },
        // A connection of its own: none that was made before a name changed its address, none through a proxy.
        agent: false,
        maxHeaderSize: READ_BYTES,
        ...(allowPrivate ? { lookup } : { lookup: guardedLookup(lookup) })
      }
      try {
        outgoing = (secure ? httpsRequest : httpRequest)(
          target,
          secure && ca !== undefined ? ({ ...options, ca } as RequestOptions) : options
        )
      } catch (error) {
        return fail(reasonOf(error))
      }
      const request = outgoing
      // The last word has the address that the connection goes to, before anything is written.
      request.on("socket", (socket: Socket) => {
        socket.once("connect", () => {
          if (!allowPrivate && !isPublicAddress(socket.remoteAddress ?? "")) request.destroy(refused())
        })
      })
      request.on("error", (error) => (answer === undefined ? fail(reasonOf(error)) : undefined))
      request.on("response", (incoming) => {
        response = incoming
        const retry_after = incoming.headers["retry-after"] ?? null
        readBeginning(incoming, (text) => {
          answer = { status: incoming.statusCode ?? 0, body: text, retry_after }
          settle(Effect.succeed(answer))
        })
      })
      request.end(body)
      return Effect.sync(() => {
        settled = true
        clearTimeout(timer)
        request.destroy()
      })
    })
