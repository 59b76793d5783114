/** Receivers behind TLS: only those whose certificate is good get anything, and a handshake takes no longer than a try may. */
import { once } from "node:events"
import { createServer as createHttpsServer } from "node:https"
import { type AddressInfo, createServer, type Server } from "node:net"
import { Effect } from "effect"
import { afterEach, expect, it } from "vitest"
import { type WebhookOptions, webhooks } from "../../adapters/webhooks/index.js"
import { selfSigned } from "../support/certificate.js"

const servers: Array<Server> = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const listening = async (server: Server): Promise<string> => {
  servers.push(server)
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

const post = (url: string, options: WebhookOptions = {}) =>
  Effect.runPromise(
    Effect.either(
      webhooks({ allowPrivate: true, ...options }).transport.send({ url, headers: {}, body: Buffer.from("{}"), timeout_seconds: 1 })
    )
  )

it("a certificate that nobody vouches for gets nothing; one that the host knows does", async () => {
  const own = selfSigned()
  const bodies: Array<string> = []
  const server = createHttpsServer(own, (request, response) => {
    request.on("data", (chunk: Buffer) => bodies.push(chunk.toString()))
    request.on("end", () => response.writeHead(204).end())
  })
  const url = await listening(server)
  expect(await post(url)).toMatchObject({ _tag: "Left", left: { reason: "the connection failed: DEPTH_ZERO_SELF_SIGNED_CERT" } })
  expect(await post(url, { ca: selfSigned().cert })).toMatchObject({ _tag: "Left" })
  expect(bodies).toEqual([])
  expect(await post(url, { ca: own.cert })).toMatchObject({ _tag: "Right", right: { status: 204 } })
  expect(bodies).toEqual(["{}"])
  const other = url.replace("127.0.0.1", "127.0.0.2")
  expect(await post(other, { ca: own.cert })).toMatchObject({ _tag: "Left" })
})

it("a handshake that does not end costs no more than the try may take, and nonsense none at all", async () => {
  const sockets: Array<() => void> = []
  const silent = createServer((socket) => {
    const drip = setInterval(() => socket.write(Buffer.of(0x16)), 50)
    sockets.push(() => socket.destroy())
    socket.on("error", () => {}).on("close", () => clearInterval(drip))
  })
  const hanging = createServer((socket) => {
    sockets.push(() => socket.destroy())
    socket.on("error", () => {})
  })
  const nonsense = createServer((socket) => void socket.on("error", () => {}).end("HTTP/1.1 200 OK\r\n\r\n"))
  const before = performance.now()
  const urls = await Promise.all([silent, hanging, nonsense].map(listening))
  const answers = await Promise.all(urls.map((url) => post(url)))
  expect(performance.now() - before).toBeLessThan(3000)
  expect(answers.map(({ _tag }) => _tag)).toEqual(["Left", "Left", "Left"])
  expect(answers[1]).toMatchObject({ left: { reason: "no answer within 1 seconds" } })
  for (const end of sockets) end()
})
