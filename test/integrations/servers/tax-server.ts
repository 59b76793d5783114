/** What the local servers of tax systems share: JSON over HTTP on this machine, troubles that a test orders, and what was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** How the next question for rates is answered. */
export type TaxTrouble = "rate_limited" | "unavailable" | "invalid" | "hang"

export interface Question {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: Readonly<Record<string, any>>
}

export interface Reply {
  readonly status: number
  readonly json: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface TaxServer {
  readonly baseUrl: string
  readonly trouble: (kind: TaxTrouble) => void
  readonly questions: () => ReadonlyArray<Question>
  readonly close: () => Promise<void>
}

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  const parts: Array<Buffer> = []
  for await (const part of request) parts.push(part as Buffer)
  const text = Buffer.concat(parts).toString("utf8")
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>)
}

/** A server that answers as `reply` says; an ordered trouble is `refuse`d, or never answered. */
export const taxServer = async (
  asksForRates: (question: Question) => boolean,
  reply: (question: Question) => Reply,
  refuse: (kind: Exclude<TaxTrouble, "hang">) => Reply
): Promise<TaxServer> => {
  const questions: Array<Question> = []
  const waiting = new Set<ServerResponse>()
  let next: TaxTrouble | undefined
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { authorization } = request.headers
      const question = { method: request.method ?? "", path: request.url ?? "", authorization, body }
      questions.push(question)
      const kind = asksForRates(question) ? next : undefined
      if (kind !== undefined) next = undefined
      if (kind === "hang") return void waiting.add(response)
      const { headers, json, status } = kind === undefined ? reply(question) : refuse(kind)
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(json))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    trouble: (kind) => {
      next = kind
    },
    questions: () => questions,
    close: () =>
      new Promise((resolve) => {
        for (const response of waiting) response.destroy()
        server.closeAllConnections()
        server.close(() => resolve())
      })
  }
}
