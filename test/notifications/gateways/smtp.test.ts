import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { SMTPServer } from "smtp-server"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { smtp } from "../../../adapters/messaging/smtp/index.js"
import { type ArrivedMessage, messageGatewayConformance } from "../../../adapters/testing/index.js"

interface Mail extends ArrivedMessage {
  readonly raw: string
}

/** The decoded text of a quoted-printable or base64 part. */
const decoded = (part: string): string => {
  const [head = "", ...rest] = part.split("\r\n\r\n")
  const body = rest.join("\r\n\r\n").replace(/\r\n$/, "")
  if (/content-transfer-encoding: base64/i.test(head)) return Buffer.from(body, "base64").toString("utf8")
  if (!/content-transfer-encoding: quoted-printable/i.test(head)) return body
  const bytes = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, "latin1").toString("utf8")
}

/** The part of a mail that is HTML. */
const htmlOf = (raw: string): string => {
  const boundaries = [...raw.matchAll(/boundary="([^"]+)"/g)].map(([, boundary]) => `--${boundary}`)
  const parts = boundaries.reduce<ReadonlyArray<string>>((all, boundary) => all.flatMap((part) => part.split(boundary)), [raw])
  return parts.find((part) => /^content-type: text\/html/im.test(part.split("\r\n\r\n")[0]!)) ?? raw
}

const words = (text: string): string =>
  text
    .replace(/\r\n\s+/g, " ")
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=/gi, (_, how: string, content: string) =>
      how.toUpperCase() === "B"
        ? Buffer.from(content, "base64").toString("utf8")
        : Buffer.from(
            content.replace(/_/g, " ").replace(/=([0-9A-F]{2})/g, (__, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
            "latin1"
          ).toString("utf8")
    )

const header = (raw: string, name: string): string => words(new RegExp(`^${name}: ((?:.*)(?:\\r\\n[ \\t].*)*)`, "im").exec(raw)?.[1] ?? "")

/** A real SMTP server that keeps what it takes. */
const mailServer = async () => {
  const mails: Array<Mail> = []
  let refused = false
  const server = new SMTPServer({
    disabledCommands: ["STARTTLS"],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth: ({ password, username }, _, done) =>
      username === "user" && password === "geheim" ? done(null, { user: username }) : done(new Error("no")),
    onRcptTo: (_, __, done) => (refused ? done(new Error("mailbox unavailable: private words")) : done()),
    onData: (stream, session, done) => {
      const chunks: Array<Buffer> = []
      stream.on("data", (chunk: Buffer) => chunks.push(chunk))
      stream.on("end", () => {
        const raw = Buffer.concat(chunks).toString("latin1")
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push({ to, subject: header(raw, "Subject"), body: decoded(htmlOf(raw).trimStart()), raw })
        done()
      })
    }
  })
  server.listen(0, "127.0.0.1")
  await once(server.server, "listening")
  return {
    mails,
    port: (server.server.address() as AddressInfo).port,
    refuse: (now: boolean) => {
      refused = now
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

const gatewayOf = (port: number) =>
  smtp({
    host: "127.0.0.1",
    port,
    requireTls: false,
    auth: { user: "user", password: "geheim" },
    from: { name: "Acme", address: "billing@acme.example" }
  })

messageGatewayConformance("smtp", { describe, it, beforeAll, afterAll }, async () => {
  const server = await mailServer()
  return {
    gateway: gatewayOf(server.port),
    address: { to: "asha@example.com", shown: "asha@example.com" },
    secret: "geheim",
    arrived: async () => server.mails.map(({ body, subject, to }) => ({ to, subject, body: body.replace(/\r\n/g, "\n") })),
    refuse: server.refuse,
    receipts: async () => [],
    close: server.close
  }
})

describe("SMTP", () => {
  it("a subject is a subject whatever it holds, files go along, and blind copies go to their address only", async () => {
    const server = await mailServer()
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256)
    const id = await Effect.runPromise(
      gatewayOf(server.port).send({
        key: "k1",
        to: "asha@example.com",
        bcc: ["audit@acme.example"],
        subject: "Invoice\r\nBcc: other@example.com\r\n\r\n<script>",
        body: "<p>Hello</p>",
        attachments: [{ filename: "../a\r\nX: y.pdf", media_type: "application/pdf", bytes }]
      })
    )
    const [mail] = server.mails
    expect(id).toBe("k1@acme.example")
    expect(header(mail!.raw, "Message-ID")).toBe("<k1@acme.example>")
    expect(mail!.to).toEqual(["asha@example.com", "audit@acme.example"])
    expect(mail!.raw).not.toMatch(/^bcc:/im)
    expect(mail!.raw).not.toMatch(/^x:/im)
    expect(header(mail!.raw, "Subject")).toContain("Invoice")
    expect(mail!.raw.replace(/\r\n/g, "")).toContain(Buffer.from(bytes).toString("base64"))
    await server.close()
  })

  it("nobody there is a failure, and so is a server that cannot encrypt where that is asked", async () => {
    const send = { key: "k", to: "asha@example.com", subject: "s", body: "b" }
    const nobody = await Effect.runPromise(Effect.flip(gatewayOf(1).send(send)))
    expect(nobody.message).toMatch(/^smtp: the server did not take it: /)
    const server = await mailServer()
    const strict = smtp({ host: "127.0.0.1", port: server.port, from: { name: "Acme", address: "billing@acme.example" } })
    await Effect.runPromise(Effect.flip(strict.send(send)))
    expect(server.mails).toEqual([])
    await server.close()
  })
})
