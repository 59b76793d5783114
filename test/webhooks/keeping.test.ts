/** What is kept of webhooks: tries as they were, for as long as they are needed; keys that only their host can open; and no secret anywhere. */
import { randomBytes } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import { Effect, Fiber, Logger } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { stripe } from "../../adapters/payments/stripe/index.js"
import { secrets } from "../../adapters/secrets/index.js"
import { Dialect } from "../../adapters/sql/dialect.js"
import { tablesOf } from "../../adapters/sql/migrate.js"
import { ApiKeys } from "../../src/accounts/index.js"
import { SecretUnreadable } from "../../src/core/index.js"
import { checkWebhook } from "../../src/operations/doctor/webhooks.js"
import { Doctor, type RawWebhook } from "../../src/operations/index.js"
import { PaymentProviders, ProviderWebhooks } from "../../src/payments/index.js"
import { WebhookDelivery, WebhookEndpoints, Webhooks } from "../../src/webhooks/index.js"
import { describeEngines } from "../support/describe-engines.js"
import { type Receiver, receiver } from "../support/receiver.js"
import { webhookHost } from "../support/webhooks.js"

const violations = Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations))
const resealKeys = Effect.flatMap(WebhookEndpoints, (service) => service.resealKeys())

describeEngines("what is kept of webhooks", (engine) => {
  let there: Receiver
  beforeAll(async () => {
    there = await receiver()
  })
  afterAll(() => there.close())

  it("is what was told and tried; the doctor names what is not", async () => {
    const host = await webhookHost(engine)
    await host.endpoint(there.url("/ok/doctor"))
    await host.endpoint(there.url("/500/doctor"))
    await host.customer("a")
    await host.deliver()
    expect(await host.run(violations)).toEqual([])
    const ids = (await host.all()).map(({ id }) => id as string)
    const change = (statement: (sql: SqlClient.SqlClient) => Effect.Effect<unknown, unknown>) =>
      host.run(Effect.flatMap(SqlClient.SqlClient, statement))
    await change((sql) => sql`UPDATE webhook_delivery_attempts SET attempt_number = 7 WHERE organization_id = ${host.organization}`)
    const found = await host.run(violations)
    expect(found.map(({ code, table }) => [code, table])).toEqual([
      ["Q2", "webhooks"],
      ["Q2", "webhooks"]
    ])
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    expect(found[0]!.reason).toBe("1 tries, and 1 on record, numbered to 7")
  })

  it("goes after 90 days once it is over, with its tries; what is still to be tried stays", async () => {
    const host = await webhookHost(engine)
    await host.endpoint(there.url("/ok/purged"))
    await host.customer("a")
    await host.deliver()
    await host.endpoint(there.url("/500/purged"))
    await host.customer("b")
    await host.deliver()
    const purge = Effect.flatMap(WebhookDelivery, (delivery) => delivery.purge())
    host.at("2025-03-31T23:59:59Z")
    expect(await host.run(purge)).toBe(0)
    host.at("2025-04-01T00:00:01Z")
    // Of every organization, so of those before too.
    expect(await host.run(purge)).toBeGreaterThanOrEqual(2)
    const [left, ...more] = await host.all()
    expect(more).toEqual([])
    expect(left).toMatchObject({ status: "pending" })
    expect((await host.attempts(left!.id)).length).toBe(1)
  })

  it("is delivered by a worker as it happens, and by nobody once the worker is stopped", async () => {
    const host = await webhookHost(engine)
    await host.endpoint(there.url("/ok/worker"))
    const worker = await host.run(
      Effect.map(
        Effect.flatMap(Effect.context<WebhookDelivery>(), (context) =>
          Effect.forkDaemon(
            Effect.provide(
              Effect.flatMap(WebhookDelivery, (delivery) => delivery.work({ every_ms: 10 })),
              context
            )
          )
        ),
        (fiber) => fiber
      )
    )
    await host.customer("a")
    await host.customer("b")
    await expect.poll(() => there.at("/ok/worker").length, { timeout: 5000 }).toBe(2)
    await expect.poll(async () => (await host.all()).map(({ status }) => status), { timeout: 5000 }).toEqual(["succeeded", "succeeded"])
    await Effect.runPromise(Fiber.interrupt(worker))
    await host.customer("c")
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(there.at("/ok/worker").length).toBe(2)
    expect(await host.deliver()).toMatchObject({ succeeded: 1 })
  })

  it("keys are sealed anew under the host's current key, once, and sign as before; elsewhere they do not open", async () => {
    const [first, second] = [randomBytes(32), randomBytes(32)]
    const old = await webhookHost(engine, {}, secrets({ current: "old", keys: { old: first } }))
    const { hmac_key } = await old.endpoint(there.url("/ok/resealed"))
    await old.endpoint(there.url("/ok/resealed/pair"), "ed25519")
    await old.run(Effect.flatMap(WebhookEndpoints, (service) => service.rotateHmacKey()))
    expect(hmac_key).not.toBeNull()
    expect(await old.run(resealKeys)).toBe(false)
    const changing = old.with(secrets({ current: "new", keys: { old: first, new: second } }))
    expect(await changing.run(resealKeys)).toBe(true)
    expect(await changing.run(resealKeys)).toBe(false)
    expect(await old.fail(resealKeys)).toBeInstanceOf(SecretUnreadable)
    const fresh = old.with(secrets({ current: "new", keys: { new: second } }))
    await fresh.customer("a")
    expect(await fresh.deliver()).toMatchObject({ attempts: 2, succeeded: 2 })
    // What another organization's row has is of no use to anybody.
    const thief = await webhookHost(engine, {}, secrets({ current: "new", keys: { new: second } }))
    await thief.endpoint(there.url("/ok/thief"))
    await thief.run(
      Effect.flatMap(
        SqlClient.SqlClient,
        (sql) => sql`UPDATE organizations SET hmac_key = (SELECT o.hmac_key FROM organizations o WHERE o.id = ${old.organization})
          WHERE id = ${thief.organization}`
      )
    )
    await thief.customer("a")
    expect(await thief.deliver()).toMatchObject({ attempts: 1, retrying: 1 })
    expect((await thief.all())[0]!.error_message).toBe("there is no key to sign with")
    expect(there.at("/ok/thief")).toEqual([])
  })

  it("no secret is in any row, log, error or webhook", async () => {
    const sealing = randomBytes(32)
    const host = await webhookHost(engine, {}, secrets({ current: "k", keys: { k: sealing } }))
    const provider = stripe({ secretKey: "sk_test_plantedSecretKey", webhookSecret: "whsec_plantedWebhookSecret" })
    const said: Array<string> = []
    const log = Logger.replace(
      Logger.defaultLogger,
      Logger.make((entry) => void said.push(JSON.stringify([entry.message, String(entry.cause)])))
    )
    const planted = ["sk_test_plantedSecretKey", "plantedWebhookSecret", sealing.toString("base64"), sealing.toString("hex")]
    const plant = (text: string) => {
      const bare = text.replace(/^whsec_/, "")
      planted.push(bare, Buffer.from(bare, "base64").toString("hex"))
    }
    for (const path of ["/ok/grep", "/500/grep", "/reset/grep"]) plant((await host.endpoint(there.url(path))).hmac_key ?? "whsec_none")
    await host.endpoint(there.url("/ok/grep/pair"), "ed25519")
    plant((await host.run(Effect.flatMap(WebhookEndpoints, (service) => service.rotateHmacKey()))).hmac_key)
    const { key } = await host.run(Effect.flatMap(ApiKeys, (keys) => keys.create({ name: "CI" })))
    planted.push(key)
    await host.customer("a")
    const failures = await host.run(
      Effect.gen(function* () {
        yield* (yield* WebhookDelivery).deliverDue()
        const webhook = { provider: "stripe", headers: { "stripe-signature": "t=1,v1=00" }, body: new Uint8Array([123, 125]) }
        const refused = yield* Effect.flip((yield* ProviderWebhooks).receive(webhook))
        const unknown = yield* Effect.flip((yield* Webhooks).retry("0190a000-0000-7000-8000-000000000000"))
        return [refused, unknown].map((error) => `${error.message} ${JSON.stringify(error)} ${error.stack}`)
      }).pipe(Effect.provideService(PaymentProviders, new Map([["stripe" as const, provider]])), Effect.provide(log))
    )
    const rows = await host.run(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const tables = tablesOf(yield* Dialect)
        return yield* Effect.forEach(tables, ({ name }) => Effect.map(sql`SELECT * FROM ${sql(name)}`, (found) => JSON.stringify(found)))
      })
    )
    const sent = there.received.map(({ body, headers }) => `${body.toString()} ${JSON.stringify(headers)}`)
    expect(planted.every((text) => text.length >= 4)).toBe(true)
    for (const text of [...rows, ...said, ...failures, ...sent]) {
      for (const each of planted.filter((one) => one !== "none")) expect(text).not.toContain(each)
    }
  })
})

describe("the doctor on a webhook", () => {
  const body = { id: "w", type: "customer.created", organization_id: "o", object_type: "customer", object_id: "c" }
  const sound: RawWebhook = {
    id: "w",
    organization_id: "o",
    webhook_type: "customer.created",
    object_type: "customer",
    object_id: "c",
    payload: JSON.stringify(body),
    status: "succeeded",
    retries: 1,
    max_retries: 5,
    attempts: 2,
    last_try: false,
    recorded: 2,
    last_number: 1,
    succeeded: 1,
    last_succeeded: true,
    differing: 0
  }

  it("finds nothing where every try is on record", () => {
    expect(checkWebhook(sound)).toEqual([])
    const waiting = {
      ...sound,
      status: "pending",
      retries: 0,
      attempts: 0,
      recorded: 0,
      last_number: -1,
      succeeded: 0,
      last_succeeded: false
    }
    expect(checkWebhook(waiting)).toEqual([])
    const byHand = { ...sound, retries: 6, attempts: 7, recorded: 7, last_number: 6, last_try: true }
    expect(checkWebhook(byHand)).toEqual([])
  })

  it.each<[string, Partial<RawWebhook>, string]>([
    ["another body", { payload: JSON.stringify({ ...body, object_id: "d" }) }, "S2"],
    ["no body", { payload: "nothing" }, "S2"],
    ["another webhook of the event", { differing: 1 }, "S2"],
    ["a try that is not on record", { recorded: 1 }, "Q2"],
    ["retries that are not its tries", { retries: 2 }, "Q2"],
    ["a success that is none", { succeeded: 0, last_succeeded: false }, "Q2"],
    ["a try after the success", { succeeded: 1, last_succeeded: false }, "Q2"],
    ["a success of one that failed", { status: "failed" }, "Q2"],
    ["more tries than there may be", { retries: 6, attempts: 7, recorded: 7, last_number: 6 }, "Q2"]
  ])("names %s", (_, wrong, code) => {
    expect(checkWebhook({ ...sound, ...wrong }).map((violation) => violation.code)).toEqual([code])
  })
})
