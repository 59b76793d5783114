import { createDecipheriv, createECDH, createHmac, hkdfSync, verify } from "node:crypto"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import webPush from "web-push"
import { push } from "../../../adapters/messaging/push/index.js"
import { type ArrivedMessage, messageGatewayConformance } from "../../../adapters/testing/index.js"

const vapid = webPush.generateVAPIDKeys()

/** A browser's half: what it subscribes with, and how it reads what comes (RFC 8291, aes128gcm). */
const browser = () => {
  const ecdh = createECDH("prime256v1")
  ecdh.generateKeys()
  const auth = createHmac("sha256", "a").update("b").digest().subarray(0, 16)
  const decrypt = (body: Buffer): string => {
    const salt = body.subarray(0, 16)
    const keyLength = body[20]!
    const sender = body.subarray(21, 21 + keyLength)
    const cipher = body.subarray(21 + keyLength)
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), ecdh.getPublicKey(), sender])
    const ikm = Buffer.from(hkdfSync("sha256", ecdh.computeSecret(sender), auth, info, 32))
    const key = Buffer.from(hkdfSync("sha256", ikm, salt, "Content-Encoding: aes128gcm\0", 16))
    const nonce = Buffer.from(hkdfSync("sha256", ikm, salt, "Content-Encoding: nonce\0", 12))
    const decipher = createDecipheriv("aes-128-gcm", key, nonce).setAuthTag(cipher.subarray(-16))
    const plain = Buffer.concat([decipher.update(cipher.subarray(0, -16)), decipher.final()])
    return plain.subarray(0, plain.lastIndexOf(2)).toString("utf8")
  }
  return { keys: { p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") }, decrypt }
}

/** Whether a VAPID header is signed by the key that it names. */
const isSigned = (authorization: string, audience: string): boolean => {
  const [, token = "", key = ""] = /^vapid t=([^,]+), k=(.+)$/.exec(authorization) ?? []
  const [head = "", claims = "", signature = ""] = token.split(".")
  const point = Buffer.from(key, "base64url")
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") }
  const { aud, sub } = JSON.parse(Buffer.from(claims, "base64url").toString("utf8"))
  const holds = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    { key: jwk, format: "jwk", dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url")
  )
  return holds && aud === audience && sub === "mailto:push@acme.example" && key === vapid.publicKey
}

const pushService = async () => {
  const { decrypt, keys } = browser()
  const arrived: Array<ArrivedMessage> = []
  const unsigned: Array<string> = []
  let refused = false
  const server = createServer(async (request, response) => {
    const chunks: Array<Buffer> = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (!isSigned(request.headers.authorization ?? "", `http://${request.headers.host}`)) unsigned.push(request.url ?? "")
    if (refused || request.headers.ttl !== "60") {
      response.writeHead(410)
      return response.end("gone: private words")
    }
    const { body } = JSON.parse(decrypt(Buffer.concat(chunks)))
    arrived.push({ to: [request.url ?? ""], subject: "", body })
    response.writeHead(201)
    return response.end()
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send/1`
  return {
    arrived,
    unsigned,
    to: JSON.stringify({ endpoint, keys }),
    refuse: (now: boolean) => {
      refused = now
    },
    close: () => void server.close()
  }
}

const options = { subject: "mailto:push@acme.example", ...vapid, ttl: 60 }

messageGatewayConformance("web_push", { describe, it, beforeAll, afterAll }, async () => {
  const service = await pushService()
  return {
    gateway: push({ ...options, allowPrivate: true }),
    address: { to: service.to, shown: "/send/1" },
    secret: vapid.privateKey,
    arrived: async () => service.arrived,
    refuse: service.refuse,
    receipts: async () => [],
    close: () => {
      expect(service.unsigned).toEqual([])
      service.close()
    }
  }
})

describe("Web Push", () => {
  it("goes to public push services only, whatever a browser says", async () => {
    const service = await pushService()
    const reason = await Effect.runPromise(Effect.flip(push(options).send({ key: "k", to: service.to, subject: "", body: "Hi" })))
    expect(reason._tag).toBe("GatewayFailed")
    expect(service.arrived).toEqual([])
    service.close()
  })
})
