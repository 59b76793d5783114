/** A local HTTP server that speaks a provider's protocol: what every such server here shares. */
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

export interface Answered {
  readonly status: number
  readonly body: unknown
}

/** `hangNext`: the next answer is never sent, though everything that was asked is done. */
export interface LocalServer {
  readonly url: string
  readonly hangNext: () => void
  readonly close: () => Promise<void>
}

export const listen = async (answer: (asked: Asked) => Answered): Promise<LocalServer> => {
  let hangs = false
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8")
    request.on("data", (chunk: string) => {
      body += chunk
    })
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://local")
      const { headers, method = "GET" } = request
      const { body: content, status } = answer({ method, path: url.pathname, query: url.searchParams, headers, body })
      if (hangs && method !== "GET") {
        hangs = false
        return
      }
      response.writeHead(status, { "content-type": "application/json" })
      response.end(typeof content === "string" ? content : JSON.stringify(content))
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hangNext: () => {
      hangs = true
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      })
  }
}

/** Answers a request that carries a key with what its first one was answered; other content with the same key is told apart by `conflict`. */
export const idempotent = (conflict: () => Answered) => {
  const known = new Map<string, { readonly content: string; readonly answered: Answered }>()
  return (key: string | undefined, content: string, work: () => Answered): Answered => {
    if (key === undefined) return work()
    const before = known.get(key)
    if (before !== undefined) return before.content === content ? before.answered : conflict()
    const answered = work()
    if (answered.status < 500) known.set(key, { content, answered })
    return answered
  }
}
