/** A receiver that fails a webhook now and then, three times at most, and remembers all that came. */
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { readWebhook, verify } from "../../../adapters/webhooks/index.js"

const MOST_FAILURES = 3

export interface FailingReceiver {
  readonly url: (path: string) => string
  /** How often each webhook came, by its id. */
  readonly times: ReadonlyMap<string, number>
  /** Of each endpoint's path the ids of customers that it was told. */
  readonly told: ReadonlyMap<string, ReadonlySet<string>>
  /** What was not signed, or came with other bytes than before. */
  readonly wrong: ReadonlyArray<string>
  /** Waits until so many requests came from now on, at most two seconds. */
  readonly requests: (count: number) => Promise<void>
  readonly close: () => void
}

export const failingReceiver = async (random: () => number, keysOf: (path: string) => string): Promise<FailingReceiver> => {
  const bodies = new Map<string, string>()
  const times = new Map<string, number>()
  const failures = new Map<string, number>()
  const told = new Map<string, Set<string>>()
  const wrong: Array<string> = []
  let heard = () => {}
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("error", () => {})
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const [id, path, body] = [String(request.headers["webhook-id"]), request.url ?? "", Buffer.concat(chunks)]
      times.set(id, (times.get(id) ?? 0) + 1)
      heard()
      try {
        const keys = keysOf(path)
        const now = Number(request.headers["webhook-timestamp"]) * 1000
        verify(body, request.headers as Record<string, string>, { keys, now })
        if ((bodies.get(id) ?? body.toString("hex")) !== body.toString("hex")) wrong.push(`webhook ${id} came with other bytes`)
        bodies.set(id, body.toString("hex"))
        const lot = (failures.get(id) ?? 0) < MOST_FAILURES ? random() : 1
        if (lot < 0.3) failures.set(id, (failures.get(id) ?? 0) + 1)
        if (lot < 0.05) return
        if (lot < 0.15) return void request.socket.resetAndDestroy()
        if (lot < 0.3) return void response.writeHead(500).end()
        const webhook = readWebhook(body, request.headers as Record<string, string>, { keys, now })
        if (webhook.type === "customer.created") told.set(path, (told.get(path) ?? new Set()).add(webhook.data.customer_id))
        response.writeHead(204).end()
      } catch (error) {
        wrong.push(`webhook ${id}: ${String(error)}`)
        response.writeHead(401).end()
      }
    })
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  return {
    url: (path) => `http://127.0.0.1:${port}${path}`,
    times,
    told,
    wrong,
    requests: (count) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, 2000)
        let left = count
        heard = () => {
          left -= 1
          if (left > 0) return
          clearTimeout(timer)
          resolve()
        }
      }),
    close: () => {
      server.close()
      server.closeAllConnections()
    }
  }
}
