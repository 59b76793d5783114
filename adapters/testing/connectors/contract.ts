/** The contract of connectors: what the library relies on, for every adapter. What a system lacks says so by its type. */
import { strict as assert } from "node:assert"
import { Effect, Either } from "effect"
import { OrganizationId } from "../../../src/core/index.js"
import {
  type Connection,
  type Connector,
  type ConnectorAnswer,
  type ConnectorRequest,
  IntegrationId,
  type PaymentRecord,
  type RecordCustomer,
  type ResourceType,
  type SyncCall,
  type SyncRecords,
  type TaxCall
} from "../../../src/integrations/index.js"
import type { TestRunner } from "../stores/index.js"
import { sample } from "./samples.js"

/** How the next call that writes (of a tax system: that asks for rates) is answered; told several times, each time for one call more. */
export type Trouble = "rate_limited" | "unavailable" | "invalid" | "hang"

/** A connector opened for the suite alone, with the settings of an account that its system knows. It waits a second at most. */
export interface OpenedConnector {
  readonly connector: Connector
  readonly settings: Readonly<Record<string, unknown>>
  /** Names of the settings without which nothing can be asked. */
  readonly credentials: ReadonlyArray<string>
  /** How many of a kind the system's own books have: the truth that the suite compares with. */
  readonly kept: (type: ResourceType) => Promise<number>
  /** `hang`: everything that was asked is done, and never answered. */
  readonly trouble: (kind: Trouble) => void
  /** A webhook as the system signs it; none where it sends none. */
  readonly webhook?: () => ConnectorRequest
  readonly close: () => Promise<void> | void
}

let count = 0

const connectionOf = (settings: Readonly<Record<string, unknown>>): Connection => ({
  organization_id: OrganizationId.make("01900000-0000-7000-8000-000000000001"),
  integration_id: IntegrationId.make("01900000-0000-7000-8000-000000000002"),
  settings
})

const callOf = <R extends ResourceType>(settings: Readonly<Record<string, unknown>>, record: SyncRecords[R]): SyncCall<SyncRecords[R]> => ({
  connection: connectionOf(settings),
  action: "create",
  record,
  external_id: null,
  external_data: {},
  key: `contract/${++count}`
})

type AnySync = Readonly<Record<string, (call: SyncCall<SyncRecords[ResourceType]>) => Effect.Effect<ConnectorAnswer>>>

const taxCallOf = (settings: Readonly<Record<string, unknown>>): TaxCall => ({
  connection: connectionOf(settings),
  document: sample.document(++count),
  key: `contract/${count}`
})

const noSecrets = (answer: unknown, { credentials, settings }: OpenedConnector) => {
  const text = JSON.stringify(answer)
  for (const name of credentials) assert.ok(!text.includes(String(settings[name])), `an answer shows settings.${name}`)
}

/** Describes the contract over an adapter: `connectorConformance("mine", { describe, it, beforeAll, afterAll }, open)`. */
export const connectorConformance = (adapter: string, runner: TestRunner, open: () => Promise<OpenedConnector>): void => {
  runner.describe(`connector ${adapter}`, () => {
    let given: OpenedConnector | undefined
    runner.beforeAll(async () => {
      given = await open()
    })
    runner.afterAll(async () => {
      await given?.close()
    })
    const on = (test: (opened: OpenedConnector) => Promise<void>) => () => test(given!)

    /** Syncs a row with the twins of what it needs, made before. */
    const synced = async <R extends ResourceType>(
      { connector, settings }: OpenedConnector,
      type: R,
      record: SyncRecords[R],
      more: Partial<SyncCall<SyncRecords[R]>> = {}
    ) => {
      assert.ok("sync" in connector)
      return await Effect.runPromise((connector.sync as AnySync)[type]!({ ...callOf(settings, record), ...more }))
    }
    const twinOf = async <R extends ResourceType>(opened: OpenedConnector, type: R, record: SyncRecords[R]): Promise<string> => {
      const answer = await synced(opened, type, record)
      assert.ok(answer.success && answer.external_id !== null, JSON.stringify(answer))
      return answer.external_id
    }

    /** One of each kind that the system keeps, ready to be brought over. */
    const records = async (opened: OpenedConnector) => {
      const { connector } = opened
      assert.ok("sync" in connector)
      if (connector.type === "tax") {
        const of = { id: sample.customer(++count).id, external_id: "c", name: "Customer", twin: null }
        const issued = sample.invoice(++count, of)
        const on = { id: issued.id, invoice_number: issued.invoice_number, twin: await twinOf(opened, "invoice", issued) }
        return { ...unneeded(of, on), invoice: sample.invoice(++count, of), credit_note: sample.creditNote(++count, of, on) }
      }
      const person = sample.customer(++count)
      const customer = { id: person.id, external_id: person.external_id, name: person.name, twin: await twinOf(opened, "customer", person) }
      const document = sample.invoice(++count, customer)
      const invoice = { id: document.id, invoice_number: document.invoice_number, twin: await twinOf(opened, "invoice", document) }
      return {
        customer: sample.customer(++count),
        subscription: sample.subscription(++count, customer),
        invoice: sample.invoice(++count, customer),
        payment: sample.payment(++count, customer, invoice),
        credit_note: sample.creditNote(++count, customer, invoice)
      }
    }
    /** What a tax system keeps none of. */
    const unneeded = (of: RecordCustomer, on: PaymentRecord["invoice"]) => ({
      customer: sample.customer(++count),
      subscription: sample.subscription(++count, of),
      payment: sample.payment(++count, of, on)
    })
    const typesOf = ({ connector }: OpenedConnector) =>
      "sync" in connector ? (Object.keys(connector.sync) as ReadonlyArray<ResourceType>) : []

    runner.it(
      "tells whether the system takes the settings, and which one is missing",
      on(async (opened) => {
        const { connector, credentials, settings } = opened
        const right = await Effect.runPromise(connector.test(connectionOf(settings)))
        assert.deepEqual([right.success, right.error], [true, null], JSON.stringify(right))
        noSecrets(right, opened)
        const wrong = Object.fromEntries(credentials.map((name) => [name, "wrong-credential"]))
        const refused = await Effect.runPromise(connector.test(connectionOf({ ...settings, ...wrong })))
        assert.ok(!refused.success)
        assert.equal(refused.details.code, "unauthorized", JSON.stringify(refused))
        assert.ok(refused.error !== "")
        for (const name of credentials) {
          const { [name]: _, ...without } = settings
          const missing = await Effect.runPromise(connector.test(connectionOf(without)))
          assert.ok(!missing.success)
          assert.equal(missing.details.code, "settings")
          assert.ok(missing.error.includes(name), missing.error)
        }
      })
    )

    runner.it(
      "makes one twin of a row, however often it is asked, and keeps to one whose id is known",
      on(async (opened) => {
        if (typesOf(opened).length === 0) return
        const all = await records(opened)
        for (const type of typesOf(opened)) {
          const before = await opened.kept(type)
          const key = `contract/${++count}`
          const first = await synced(opened, type, all[type], { key })
          assert.ok(first.success && first.external_id !== null, JSON.stringify(first))
          noSecrets(first, opened)
          const again = await synced(opened, type, all[type], { key })
          assert.equal(again.external_id, first.external_id, `${type}: the same key`)
          const later = await synced(opened, type, all[type], { key: `${key}/later` })
          assert.equal(later.external_id, first.external_id, `${type}: another version, the twin forgotten`)
          const known = await synced(opened, type, all[type], { key: `${key}/known`, action: "update", external_id: first.external_id })
          assert.equal(known.external_id, first.external_id, `${type}: another version`)
          assert.equal(await opened.kept(type), before + 1, `${type}: made once`)
        }
      })
    )

    runner.it(
      "finds the twin that was made without an answer",
      on(async (opened) => {
        if (typesOf(opened).length === 0) return
        const all = await records(opened)
        // All at once: each waits as long as the connector does.
        const cutOff = typesOf(opened).map(async (type) => {
          const before = await opened.kept(type)
          const key = `contract/${++count}`
          opened.trouble("hang")
          const cut = await synced(opened, type, all[type], { key })
          assert.ok(!cut.success, `${type}: no answer came`)
          assert.ok(["timeout", "unreachable"].includes(cut.details.code), cut.details.code)
          return { type, before, key }
        })
        for (const { before, key, type } of await Promise.all(cutOff)) {
          const repeated = await synced(opened, type, all[type], { key })
          assert.ok(repeated.success && repeated.external_id !== null, JSON.stringify(repeated))
          assert.equal(await opened.kept(type), before + 1, `${type}: made once`)
        }
      })
    )

    runner.it(
      "answers with what the system says: refused, called too often, out of order",
      on(async (opened) => {
        const { connector, settings } = opened
        const ask = (): Promise<ConnectorAnswer> =>
          connector.type === "tax"
            ? Effect.runPromise(connector.rates(taxCallOf(settings)))
            : synced(opened, "customer", sample.customer(++count))
        if (connector.type === "payment_provider") return
        opened.trouble("invalid")
        const invalid = await ask()
        assert.ok(!invalid.success)
        assert.equal(invalid.details.code, "invalid", JSON.stringify(invalid))
        assert.ok(invalid.error.length > "HTTP 400: ".length, "it says what is wrong")
        opened.trouble("rate_limited")
        const limited = await ask()
        assert.ok(!limited.success)
        assert.equal(limited.details.code, "rate_limited", JSON.stringify(limited))
        opened.trouble("unavailable")
        const down = await ask()
        assert.ok(!down.success)
        assert.equal(down.details.code, "unavailable", JSON.stringify(down))
        assert.ok((await ask()).success, "and goes on afterwards")
      })
    )

    runner.it(
      "answers rates for each fee of a document once, as decimals",
      on(async ({ connector, settings }) => {
        if (connector.type !== "tax") return
        const call = taxCallOf(settings)
        const answer = await Effect.runPromise(connector.rates(call))
        assert.ok(answer.success, JSON.stringify(answer))
        assert.deepEqual(answer.fees.map(({ fee_id }) => fee_id).toSorted(), call.document.fees.map(({ fee_id }) => fee_id).toSorted())
        for (const { taxes } of answer.fees)
          for (const { code, name, rate } of taxes) {
            assert.match(rate, /^\d+(\.\d{1,15})?$/)
            assert.ok(code !== "" && name !== "")
          }
      })
    )

    runner.it(
      "takes back a taxed document that no longer stands, once, and one that was never recorded",
      on(async (opened) => {
        if (opened.connector.type !== "tax") return
        const { credit_note, invoice } = await records(opened)
        for (const type of ["invoice", "credit_note"] as const) {
          const record = type === "invoice" ? invoice : credit_note
          const gone = { ...record, status: "voided", taxed: { ...record.taxed!, stands: false } }
          const early = await synced(opened, type, gone)
          assert.ok(early.success, JSON.stringify(early))
          const before = await opened.kept(type)
          await twinOf(opened, type, record)
          assert.equal(await opened.kept(type), before + 1)
          for (const _twice of [1, 2]) {
            const voided = await synced(opened, type, gone, { action: "update" })
            assert.ok(voided.success, JSON.stringify(voided))
            assert.equal(await opened.kept(type), before, `${type}: taken back`)
          }
        }
      })
    )

    runner.it(
      "opens the provider of the settings, and says which of them is missing",
      on(async ({ connector, credentials, settings }) => {
        if (connector.type !== "payment_provider") return
        const provider = await Effect.runPromise(connector.open(connectionOf(settings)))
        assert.equal(provider.name, connector.provider)
        const unsigned = await Effect.runPromise(Effect.either(provider.readWebhook({ headers: {}, body: "{}" })))
        assert.ok(Either.isLeft(unsigned) && unsigned.left._tag === "SignatureInvalid")
        for (const name of credentials) {
          const { [name]: _, ...without } = settings
          const missing = await Effect.runPromise(Effect.flip(connector.open(connectionOf(without))))
          assert.ok(missing.details.code === "settings" && missing.error.includes(name), missing.error)
        }
      })
    )

    runner.it(
      "refuses a webhook whose signature is not the system's, and one whose body is another",
      on(async ({ connector, settings, webhook }) => {
        if (connector.type === "payment_provider") return
        const connection = connectionOf(settings)
        const unsigned = await Effect.runPromise(Effect.either(connector.receive(connection, { headers: {}, body: "{}" })))
        assert.ok(Either.isLeft(unsigned))
        if (unsigned.left._tag === "ProviderUnsupported") return
        assert.equal(unsigned.left._tag, "SignatureInvalid")
        assert.ok(webhook !== undefined, "a system with webhooks signs one for the suite")
        const request = webhook()
        const read = await Effect.runPromise(connector.receive(connection, request))
        assert.ok(read.success && "events" in read && read.events.length > 0, JSON.stringify(read))
        for (const event of read.events) assert.ok(event.id !== "" && event.name !== "")
        const altered = { ...request, body: `${typeof request.body === "string" ? request.body : Buffer.from(request.body)} ` }
        const refused = await Effect.runPromise(Effect.either(connector.receive(connection, altered)))
        assert.ok(Either.isLeft(refused) && refused.left._tag === "SignatureInvalid")
      })
    )
  })
}
