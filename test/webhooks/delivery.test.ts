import { Effect } from "effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { verify } from "../../adapters/webhooks/index.js"
import { WebhookEndpoints, Webhooks } from "../../src/webhooks/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { type Receiver, receiver } from "../support/receiver.js"
import { webhookHost } from "../support/webhooks.js"

describeEngines("delivery of webhooks", (engine) => {
  let there: Receiver
  beforeAll(async () => {
    there = await receiver()
  })
  afterAll(() => there.close())

  it("an event reaches every active endpoint once, signed, with an attempt on record", async () => {
    const host = await webhookHost(engine)
    const { hmac_key } = await host.endpoint(there.url("/ok/first"))
    expect((await host.endpoint(there.url("/ok/second"))).hmac_key).toBeNull()
    const { endpoint: inactive } = await host.endpoint(there.url("/ok/inactive"))
    await host.run(Effect.flatMap(WebhookEndpoints, (service) => service.update(inactive.id, { status: "inactive" })))
    const customer = await host.customer("c")
    expect(await host.deliver()).toEqual({ attempts: 2, succeeded: 2, retrying: 0, failed: 0, skipped: 0 })
    expect(await host.deliver()).toEqual({ attempts: 0, succeeded: 0, retrying: 0, failed: 0, skipped: 0 })
    expect(there.at("/ok/inactive")).toEqual([])
    const webhooks = await host.all()
    expect(new Set(webhooks.map(({ event_id }) => event_id)).size).toBe(1)
    for (const path of ["/ok/first", "/ok/second"]) {
      const [request, ...more] = there.at(path)
      expect(more).toEqual([])
      const { body, headers } = request!
      verify(body, headers, { keys: hmac_key!, now: Date.parse("2025-01-01T00:00:00Z") })
      const told = JSON.parse(body.toString())
      expect(told).toEqual({
        id: headers["webhook-id"],
        type: "customer.created",
        timestamp: "2025-01-01T00:00:00.000Z",
        organization_id: host.organization,
        object_type: "customer",
        object_id: customer.id,
        data: { customer_id: customer.id, external_id: "c" }
      })
      const webhook = webhooks.find(({ id }) => id === told.id)!
      expect(webhook).toMatchObject({ status: "succeeded", http_status: 200, response: "answer 200", retries: 0, next_attempt_at: null })
      expect(webhook.payload).toBe(body.toString())
      expect(await host.attempts(webhook.id)).toMatchObject([
        { attempt_number: 0, success: true, http_status: 200, response_body: "answer 200", error_message: null }
      ])
    }
  })

  it("what fails is tried after 1, 2, 4, 8 and 16 minutes, with the same id and bytes and a fresh signature; then it has failed", async () => {
    const host = await webhookHost(engine)
    const { hmac_key, endpoint } = await host.endpoint(there.url("/500"))
    await host.customer("c")
    let now = Date.parse("2025-01-01T00:00:00Z")
    const waits: Array<number> = []
    for (let tries = 0; tries < 5; tries++) {
      expect(await host.deliver()).toMatchObject({ attempts: 1, retrying: 1 })
      const [webhook] = await host.all()
      const due = webhook!.next_attempt_at!.epochMillis
      waits.push((due - now) / 60_000)
      host.at(new Date(due - 1).toISOString())
      expect(await host.deliver()).toMatchObject({ attempts: 0 })
      host.at(new Date(due).toISOString())
      now = due
    }
    expect(await host.deliver()).toMatchObject({ attempts: 1, failed: 1 })
    for (const [retries, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(2 ** retries)
      expect(wait).toBeLessThanOrEqual(2 ** retries * 1.1 + 0.001)
    }
    const requests = there.at("/500")
    expect(requests.length).toBe(6)
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1)
    expect(new Set(requests.map(({ body }) => body.toString("hex"))).size).toBe(1)
    expect(new Set(requests.map(({ headers }) => headers["webhook-signature"])).size).toBe(6)
    for (const { body, headers } of requests) {
      verify(body, headers, { keys: hmac_key!, now: Number(headers["webhook-timestamp"]) * 1000 })
    }
    const [webhook] = await host.all()
    expect(webhook).toMatchObject({ status: "failed", retries: 5, max_retries: 5, http_status: 500, error_message: "answered 500" })
    expect((await host.attempts(webhook!.id)).map(({ attempt_number }) => attempt_number)).toEqual([0, 1, 2, 3, 4, 5])
    // By hand: one try at once, and no more.
    const retry = Effect.flatMap(Webhooks, (service) => service.retry(webhook!.id))
    expect((await host.run(retry)).status).toBe("pending")
    expect((await host.fail(retry))._tag).toBe("InvalidTransition")
    expect(await host.deliver()).toMatchObject({ attempts: 1, failed: 1, retrying: 0 })
    expect(there.at("/500")[6]!.body).toEqual(requests[0]!.body)
    expect(await host.run(Effect.flatMap(WebhookEndpoints, (service) => service.statistics(endpoint.id)))).toEqual({
      total: 1,
      succeeded: 0,
      failed: 1,
      success_rate: "0.0"
    })
  })

  it("a receiver that hangs, drips, resets, closes, redirects, answers nonsense or a gigabyte costs one bounded try each", async () => {
    const host = await webhookHost(engine)
    const bad = ["/hang", "/drip", "/reset", "/close", "/garbage", "/hugeHead", "/302", "/307", "/404"]
    for (const path of bad) await host.endpoint(there.url(path))
    await host.endpoint(there.url("/huge"))
    await host.customer("c")
    const before = performance.now()
    expect(await host.deliver()).toEqual({ attempts: 10, succeeded: 1, retrying: 9, failed: 0, skipped: 0 })
    expect(performance.now() - before).toBeLessThan(5000)
    for (const path of [...bad, "/huge"]) expect(there.at(path).length).toBe(1)
    expect(there.received.filter(({ path }) => path.startsWith("/ok/redirected"))).toEqual([])
    const webhooks = await host.all()
    const huge = webhooks.find(({ status }) => status === "succeeded")!
    expect(huge.response!.length).toBe(1000)
    const errors = webhooks.flatMap(({ error_message }) => error_message ?? []).toSorted()
    expect(errors).toContain("no answer within 1 seconds")
    expect(errors).toContain("answered 302")
    expect(errors.every((error) => error.length <= 1000)).toBe(true)
  })

  it("a good status counts, whatever becomes of the body", async () => {
    const host = await webhookHost(engine)
    await host.endpoint(there.url("/dripBody"))
    await host.customer("c")
    expect(await host.deliver()).toMatchObject({ attempts: 1, succeeded: 1 })
  })

  it("410 ends the endpoint, what waits for it fails without a try, and made active again it begins anew", async () => {
    const host = await webhookHost(engine, { concurrency: 1 })
    const { endpoint } = await host.endpoint(there.url("/410"))
    await host.customer("a")
    await host.customer("b")
    expect(await host.deliver()).toMatchObject({ attempts: 1, failed: 1, skipped: 1 })
    expect(await host.getEndpoint(endpoint.id)).toMatchObject({ status: "inactive", inactive_reason: "gone" })
    const [, second] = await host.all()
    expect(second).toMatchObject({ status: "failed", error_message: "the endpoint is inactive", retries: 0 })
    await host.customer("c")
    expect((await host.all()).length).toBe(2)
    const active = Effect.flatMap(WebhookEndpoints, (service) => service.update(endpoint.id, { status: "active" }))
    expect(await host.run(active)).toMatchObject({ status: "active", inactive_reason: null, failing_since: null })
  })

  it("Retry-After of 429 and 503 is waited for, at most a day; of other answers it is not", async () => {
    const host = await webhookHost(engine)
    const date = encodeURIComponent("Wed, 01 Jan 2025 01:00:00 GMT")
    const paths = {
      "/429/after/600": 10,
      [`/503/after/${date}`]: 60,
      "/503/after/999999": 24 * 60,
      "/500/after/600": 1,
      "/429/after/soon": 1
    }
    for (const path of Object.keys(paths)) await host.endpoint(there.url(path))
    await host.customer("c")
    await host.deliver()
    const waits = (await host.all()).map(
      ({ next_attempt_at }) => (next_attempt_at!.epochMillis - Date.parse("2025-01-01T00:00:00Z")) / 60_000
    )
    expect(waits.map(Math.floor).toSorted((a, b) => a - b)).toEqual([1, 1, 10, 60, 1440])
  })

  it("an endpoint that fails for 120 hours without a success becomes inactive; a success begins anew", async () => {
    const host = await webhookHost(engine)
    const { endpoint } = await host.endpoint(there.url("/500/long"))
    await host.customer("a")
    await host.deliver()
    expect((await host.getEndpoint(endpoint.id)).failing_since).not.toBeNull()
    host.at("2025-01-05T23:59:00Z")
    await host.deliver()
    expect((await host.getEndpoint(endpoint.id)).status).toBe("active")
    host.at("2025-01-06T01:00:00Z")
    await host.deliver()
    expect(await host.getEndpoint(endpoint.id)).toMatchObject({ status: "inactive", inactive_reason: "failing" })
  })

  it("after a rotation both keys sign for a day; ed25519 is verified with the public key", async () => {
    const host = await webhookHost(engine)
    const old = (await host.endpoint(there.url("/ok/rotated"))).hmac_key!
    await host.endpoint(there.url("/ok/ed25519"), "ed25519")
    const { hmac_key } = await host.run(Effect.flatMap(WebhookEndpoints, (service) => service.rotateHmacKey()))
    const { public_key } = await host.run(Effect.flatMap(WebhookEndpoints, (service) => service.publicKeys()))
    await host.customer("a")
    await host.deliver()
    host.at("2025-01-02T00:00:00Z")
    await host.customer("b")
    await host.deliver()
    const [during, after] = there.at("/ok/rotated")
    const at = (request: { readonly headers: Readonly<Record<string, string>> }) => Number(request.headers["webhook-timestamp"]) * 1000
    for (const keys of [old, hmac_key]) verify(during!.body, during!.headers, { keys, now: at(during!) })
    verify(after!.body, after!.headers, { keys: hmac_key, now: at(after!) })
    expect(() => verify(after!.body, after!.headers, { keys: old, now: at(after!) })).toThrow("no signature matches")
    const [signed] = there.at("/ok/ed25519")
    verify(signed!.body, signed!.headers, { keys: public_key!, now: at(signed!) })
  })

  it("several workers share what is due: each webhook is sent once", async () => {
    const host = await webhookHost(engine)
    await host.endpoint(there.url("/ok/shared"))
    for (let i = 0; i < 12; i++) await host.customer(`c${i}`)
    const runs = await Promise.all([host.deliver(), host.deliver(), host.deliver()])
    expect(runs.reduce((sum, { succeeded }) => sum + succeeded, 0)).toBe(12)
    const sent = there.at("/ok/shared").map(({ headers }) => headers["webhook-id"])
    expect(new Set(sent).size).toBe(12)
    expect(sent.length).toBe(12)
  })

  it("a backlog of one endpoint does not keep another one's webhook", async () => {
    const host = await webhookHost(engine, { concurrency: 2 })
    await host.endpoint(there.url("/hang/backlog"))
    for (let i = 0; i < 2; i++) await host.customer(`c${i}`)
    await host.endpoint(there.url("/ok/quick"))
    await host.customer("last")
    const delivery = host.deliver()
    await expect.poll(() => there.at("/ok/quick").length, { timeout: 900 }).toBe(1)
    await delivery
  })
})
