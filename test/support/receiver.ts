/** A receiver of webhooks on this machine that behaves as its path says, and remembers what came. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** A request as it came. */
interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly at: number
}

type Behaviour = (response: ServerResponse, request: IncomingMessage) => void

const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (response) => {
    response.writeHead(status, headers)
    response.end(`answer ${status}`)
  }

/** Writes for as long as somebody reads. */
const endless: Behaviour = (response) => {
  const block = Buffer.alloc(64 * 1024, 120)
  let left = 2 ** 30
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= block.length
      if (!response.write(block)) return void response.once("drain", more)
    }
    response.end()
  }
  response.writeHead(200)
  more()
}

const behaviours: Readonly<Record<string, Behaviour>> = {
  hang: () => {},
  /** A byte of the head now and then, never all of it. */
  drip: (_, request) => {
    const drop = setInterval(() => request.socket.write("H"), 20)
    request.socket.on("close", () => clearInterval(drop))
  },
  /** A good status, and a body that does not end. */
  dripBody: (response, request) => {
    response.writeHead(200)
    const drop = setInterval(() => response.write("."), 20)
    request.socket.on("close", () => clearInterval(drop))
  },
  reset: (_, request) => void request.socket.resetAndDestroy(),
  close: (_, request) => void request.socket.end("HTTP/1.1 200 OK\r\ncontent-le"),
  garbage: (_, request) => void request.socket.end("\u0000\u0001 nothing of HTTP\r\n\r\n"),
  huge: endless,
  hugeHead: (response) => {
    for (let i = 0; i < 40; i++) response.setHeader(`x-${i}`, "x".repeat(1000))
    response.end()
  }
}

const behaviourOf = (path: string): Behaviour => {
  const [, name = "", ...rest] = path.split("?")[0]!.split("/")
  if (/^\d{3}$/.test(name)) {
    const status = Number(name)
    const headers: Record<string, string> = {}
    if (status >= 300 && status < 400) headers.location = `/ok/redirected-from-${status}`
    if (rest[0] === "after" && rest[1] !== undefined) headers["retry-after"] = decodeURIComponent(rest[1])
    return answer(status, headers)
  }
  return behaviours[name] ?? answer(200)
}

export interface Receiver {
  readonly url: (path: string) => string
  readonly received: ReadonlyArray<Received>
  /** What came to a path. */
  readonly at: (path: string) => ReadonlyArray<Received>
  readonly close: () => Promise<void>
}

export const receiver = async (): Promise<Receiver> => {
  const received: Array<Received> = []
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("error", () => {})
    response.on("error", () => {})
    request.on("end", () => {
      const path = request.url ?? ""
      received.push({ path, headers: request.headers as Record<string, string>, body: Buffer.concat(chunks), at: Date.now() })
      behaviourOf(path)(response, request)
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    received,
    at: (path) => received.filter((request) => request.path === path),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
