/** A local HTTP server that speaks a system's protocol: what every such server here shares. */
import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"
import type { Trouble } from "../../../adapters/testing/index.js"

export interface Asked {
  readonly method: string
  readonly path: string
  readonly url: URL
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

export interface Answered {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

interface System {
  readonly answer: (asked: Asked) => Answered
  /** How the system says that something is amiss. */
  readonly amiss: Readonly<Record<Exclude<Trouble, "hang">, Answered>>
  /** Whether a request is one that trouble meets; unless given, whatever writes. */
  readonly meets?: (asked: Asked) => boolean
}

export const system = async ({ amiss, answer, meets = ({ method }) => method !== "GET" }: System) => {
  const waiting: Array<Trouble> = []
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8")
    request.on("data", (chunk: string) => {
      body += chunk
    })
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://local")
      const asked: Asked = { method: request.method ?? "GET", path: url.pathname, url, headers: request.headers, body }
      const trouble = waiting.length > 0 && meets(asked) ? waiting.shift() : undefined
      const answered = trouble === undefined || trouble === "hang" ? answer(asked) : amiss[trouble]
      if (trouble === "hang") return
      response.writeHead(answered.status, { "content-type": "application/json", ...answered.headers })
      response.end(answered.body === undefined ? undefined : JSON.stringify(answered.body))
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: (kind: Trouble) => void waiting.push(kind),
    close: () =>
      new Promise<void>((done) => {
        server.close(() => done())
        server.closeAllConnections()
      })
  }
}

/** Rows of a system by kind, each with an id of its own. */
export const books = () => {
  const rows = new Map<string, Array<Record<string, unknown> & { readonly id: string }>>()
  let last = 100
  const of = (kind: string) => rows.get(kind) ?? rows.set(kind, []).get(kind)!
  return {
    of,
    add: (kind: string, row: Record<string, unknown>, id = String(++last)) => {
      const made = { ...row, id }
      of(kind).push(made)
      return made
    },
    find: (kind: string, is: (row: Record<string, unknown>) => boolean) => of(kind).find(is),
    count: (kind: string) => of(kind).length
  }
}
