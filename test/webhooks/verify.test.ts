import { randomBytes } from "node:crypto"
import fc from "fast-check"
import { Webhook } from "standardwebhooks"
import { describe, expect, it } from "vitest"
import { signer } from "../../adapters/webhooks/signer.js"
import { readWebhook, type VerifyOptions, verify, type WebhookHeaders } from "../../adapters/webhooks/verify.js"
import { SignatureInvalid } from "../../src/core/index.js"
import { publicKeyText, type SigningKey, secretText, signatureHeader, signedContent } from "../../src/webhooks/index.js"

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
const BODY = '{"test": 2432232314}'
const AT = 1614265330

const bytes = (text: string) => new TextEncoder().encode(text)
const keyOf = (secret: string): SigningKey => ({
  algorithm: "hmac",
  key: new Uint8Array(Buffer.from(secret.slice("whsec_".length), "base64"))
})
const signed = (key: SigningKey, body: string | Uint8Array, id = ID, at = AT) =>
  signatureHeader(signer, [key], signedContent(id, at, typeof body === "string" ? bytes(body) : body))

const RFC_8032_SEED = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex")
const RFC_8032_PUBLIC = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
const ED25519: SigningKey = { algorithm: "ed25519", key: new Uint8Array(RFC_8032_SEED) }

/** Case, secret, id, timestamp, body, signature: the official vector, and those derived from it. */
const vectors: ReadonlyArray<readonly [string, string, string, number, string | Uint8Array, string]> = [
  ["official", SECRET, ID, AT, BODY, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
  ["empty body", SECRET, ID, AT, "", "v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A="],
  ["minified", SECRET, ID, AT, '{"test":2432232314}', "v1,Vif40peJBP7Iyl0XGmu61n4MwdrcHov5CFREBpE0svs="],
  ["UTF-8", SECRET, ID, AT, '{"name":"Zoë 東京 🚀"}', "v1,pcnRCqc6TXHs0s9uKcGwGXZHdo3/lTt42O6Hxv69TG4="],
  ["escaped NUL", SECRET, ID, AT, '{"a":"\\u0000"}', "v1,wIP8luUDD8ODAY968ukCgOBpf5B5UJD/0D1+/sAepy4="],
  ["trailing CRLF", SECRET, ID, AT, `${BODY}\r\n`, "v1,NNKfhhzZRvz6NOA7hZKlzVMhIQYJt9HZbZPHgEyTndE="],
  ["timestamp 0", SECRET, ID, 0, BODY, "v1,6JNthw4DtDhc3tFxR0yL2tKk3DGy4nWCVnGrycO3mk0="],
  ["bytes that are no UTF-8", SECRET, ID, AT, Uint8Array.of(0xc3, 0x28), "v1,7lF95Dh5UWXCzBydTC17l9ay5572uVK1tIpGHXps8HE="],
  ["another key", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", ID, AT, BODY, "v1,78nXHjpFP0tVJQW5D0SBwmVyyW87BV/rL6MgfM/Bw44="],
  [
    "a key of 64 bytes",
    `whsec_${Buffer.alloc(64, 7).toString("base64")}`,
    "msg_1",
    1700000000,
    "{}",
    "v1,rJFBz5laL6TFnbhqAagGFActJkeGaFnJiN1LN4Bbalw="
  ]
]

describe("signatures of Standard Webhooks", () => {
  it.each(vectors)("%s", (_, secret, id, at, body, signature) => {
    expect(signed(keyOf(secret), body, id, at)).toBe(signature)
    const headers = { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": signature }
    expect(verify(body, headers, { keys: secret, now: at * 1000 })).toBeUndefined()
  })

  it("ed25519 signs and verifies as RFC 8032's first key does", () => {
    const signature = "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw=="
    expect(signed(ED25519, BODY)).toBe(signature)
    const headers = { "webhook-id": ID, "webhook-timestamp": String(AT), "webhook-signature": signature }
    expect(verify(BODY, headers, { keys: `whpk_${RFC_8032_PUBLIC}`, now: AT * 1000 })).toBeUndefined()
  })

  it("new keys sign what their texts verify", () => {
    const { private_key, public_key } = signer.newEd25519Pair()
    const hmac = signer.newHmacKey()
    const keys: ReadonlyArray<SigningKey> = [
      { algorithm: "ed25519", key: private_key },
      { algorithm: "hmac", key: hmac }
    ]
    const both = signatureHeader(signer, keys, signedContent(ID, AT, bytes(BODY)))
    const headers = { "webhook-id": ID, "webhook-timestamp": String(AT), "webhook-signature": both }
    for (const key of [publicKeyText(public_key), secretText(hmac)]) verify(BODY, headers, { keys: key, now: AT * 1000 })
    expect(() => verify(BODY, headers, { keys: publicKeyText(signer.newEd25519Pair().public_key), now: AT * 1000 })).toThrow(
      "no signature matches"
    )
  })

  it("the official library accepts what is signed here, and this helper what it signs", () => {
    fc.assert(
      fc.property(fc.json(), fc.uint8Array({ minLength: 24, maxLength: 64 }), (body, key) => {
        const secret = secretText(key)
        const now = Math.floor(Date.now() / 1000)
        const official = new Webhook(secret)
        const ours = {
          "webhook-id": ID,
          "webhook-timestamp": String(now),
          "webhook-signature": signed({ algorithm: "hmac", key }, body, ID, now)
        }
        official.verify(body, ours)
        verify(body, { ...ours, "webhook-signature": official.sign(ID, new Date(now * 1000), body) }, { keys: secret })
      }),
      { numRuns: 50 }
    )
  })
})

describe("what is refused", () => {
  const SIGNATURE = vectors[0]![5]
  const good = { "webhook-id": ID, "webhook-timestamp": String(AT), "webhook-signature": SIGNATURE }
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))
  const wrong = `v1,${randomBytes(32).toString("base64")}`

  const attempt = (headers: WebhookHeaders = good, options: Partial<VerifyOptions> = {}, body: string | Uint8Array = BODY) =>
    verify(body, headers, { keys: SECRET, now: AT * 1000, ...options })

  const secrets: ReadonlyArray<readonly [string, string | ReadonlyArray<string>]> = [
    ["an empty secret", ""],
    ["no secret at all", []],
    ["an empty one among good ones", [SECRET, ""]],
    ["whsec_ alone", "whsec_"],
    ["a secret without whsec_", SECRET.slice(6)],
    ["less than 24 bytes", `whsec_${Buffer.alloc(23, 1).toString("base64")}`],
    ["more than 64 bytes", `whsec_${Buffer.alloc(65, 1).toString("base64")}`],
    ["a secret that is no base64", "whsec_!!!!9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ["URL-safe base64", `whsec_${"-_".repeat(16)}`],
    ["base64 without padding", `whsec_${Buffer.alloc(25, 1).toString("base64").replace(/=+$/, "")}`],
    ["a public key of another length", `whpk_${Buffer.alloc(31, 1).toString("base64")}`],
    ["an empty public key", "whpk_"]
  ]
  it.each(secrets)("%s", (_, keys) => {
    expect(() => attempt(good, { keys })).toThrow(SignatureInvalid)
  })

  const names = Object.keys(good) as ReadonlyArray<keyof typeof good>
  const headers: ReadonlyArray<readonly [string, WebhookHeaders]> = [
    ...names.flatMap(
      (name): ReadonlyArray<readonly [string, WebhookHeaders]> => [
        [`${name} missing`, without(name)],
        [`${name} empty`, { ...good, [name]: "" }],
        [`${name} twice, as a list`, { ...good, [name]: [good[name], good[name]] }],
        [`${name} as a list of one`, { ...good, [name]: [good[name]] }],
        [`${name} in two spellings`, { ...good, [name.toUpperCase()]: good[name] }]
      ]
    ),
    ...["hello", "-1", "1e20", `${AT}.5`, "99999999999999999999", ` ${AT}`, `0${AT}`, "0x10", "", "NaN"].map(
      (timestamp) => [`timestamp "${timestamp}"`, { ...good, "webhook-timestamp": timestamp }] as const
    ),
    ["signature v1,", { ...good, "webhook-signature": "v1," }],
    ["a signature cut to 8 characters", { ...good, "webhook-signature": SIGNATURE.slice(0, 11) }],
    ["a signature of another length", { ...good, "webhook-signature": `v1,${randomBytes(31).toString("base64")}` }],
    ["v2 with the right MAC", { ...good, "webhook-signature": SIGNATURE.replace("v1", "v2") }],
    ["v1a with the right MAC", { ...good, "webhook-signature": SIGNATURE.replace("v1", "v1a") }],
    ["the right MAC alone", { ...good, "webhook-signature": SIGNATURE.slice(3) }],
    ["upper-cased", { ...good, "webhook-signature": SIGNATURE.toUpperCase() }],
    ["the right MAC, longer", { ...good, "webhook-signature": `${SIGNATURE}AAAA` }],
    ["an id with a dot", { ...good, "webhook-id": `${ID}.1` }],
    ["id and timestamp swapped", { ...good, "webhook-id": String(AT), "webhook-timestamp": ID }],
    ["another id", { ...good, "webhook-id": "msg_2" }],
    ["another timestamp", { ...good, "webhook-timestamp": String(AT + 1) }]
  ]
  it.each(headers)("%s", (_, given) => {
    expect(() => attempt(given)).toThrow(SignatureInvalid)
  })

  it("a body that was parsed and written again, cut, or changed by a byte", () => {
    for (const body of [JSON.stringify(JSON.parse(BODY)), BODY.slice(1), `${BODY} `, ""]) {
      expect(() => attempt(good, {}, body)).toThrow("no signature matches")
    }
  })

  it("a timestamp more than the tolerance off, either way; exactly as much is not", () => {
    for (const seconds of [300, -300, 0]) expect(attempt(good, { now: (AT + seconds) * 1000 })).toBeUndefined()
    for (const seconds of [301, -301]) expect(() => attempt(good, { now: (AT + seconds) * 1000 })).toThrow("too far off")
  })

  it("a tolerance of 0 means 0; one that is none is refused, and never means that time is not looked at", () => {
    expect(attempt(good, { tolerance_seconds: 0 })).toBeUndefined()
    expect(() => attempt(good, { tolerance_seconds: 0, now: (AT + 1) * 1000 })).toThrow("too far off")
    for (const tolerance_seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => attempt(good, { tolerance_seconds })).toThrow(SignatureInvalid)
    }
    expect(() => attempt(good, { now: Number.NaN })).toThrow(SignatureInvalid)
  })

  it("a right signature among wrong ones is found, with bounded work", () => {
    const among = (count: number) => ({ ...good, "webhook-signature": `${`${wrong} `.repeat(count)}${SIGNATURE}` })
    expect(attempt(among(3))).toBeUndefined()
    expect(() => attempt(among(1000))).toThrow("no signature matches")
  })

  it("no error tells the secret, nor what was expected", () => {
    for (const [, given] of headers) {
      try {
        attempt(given)
      } catch (error) {
        expect(String(error)).not.toContain(SECRET.slice(6))
        expect(String(error)).not.toContain(SIGNATURE.slice(3))
      }
    }
  })

  it("no random headers and bodies pass, and none is a defect", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.string()), fc.string(), (given, body) => {
        expect(() => attempt(given, {}, body)).toThrow(SignatureInvalid)
      })
    )
  })
})

it("headers are read in any case, from Headers too, and the body is read by its type", () => {
  const key = keyOf(SECRET)
  const body = JSON.stringify({ id: "1", type: "invoice.paid", data: { total_cents: "100" } })
  const given = { "Webhook-Id": ID, "Webhook-Timestamp": String(AT), "Webhook-Signature": signed(key, body) }
  for (const headers of [given, new Headers(given)]) {
    const event = readWebhook(Buffer.from(body), headers, { keys: SECRET, now: AT * 1000 })
    expect(event.type === "invoice.paid" && event.data.total_cents).toBe("100")
  }
  const text = { "webhook-id": ID, "webhook-timestamp": String(AT), "webhook-signature": signed(key, "hello") }
  expect(() => readWebhook("hello", text, { keys: SECRET, now: AT * 1000 })).toThrow("not JSON")
})
