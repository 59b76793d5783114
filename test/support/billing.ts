/** A small billing host for tests on both engines: every service over an engine's database, a clock that tests set, short ways to say things. */
import * as SqlClient from "@effect/sql/SqlClient"
import { DateTime, Effect, Layer, Schema } from "effect"
import { beforeAll } from "vitest"
import { planStoreLayer } from "../../adapters/sql/catalog/plan-store.js"
import { taxStoreLayer } from "../../adapters/sql/catalog/tax-store.js"
import { Dialect } from "../../adapters/sql/dialect.js"
import { invoiceStoreLayer } from "../../adapters/sql/invoicing/invoice-store.js"
import { render } from "../../adapters/sql/migrate.js"
import type { Migration } from "../../adapters/sql/migration.js"
import { catalog } from "../../adapters/sql/migrations/0003-catalog.js"
import { subscriptions } from "../../adapters/sql/migrations/0004-subscriptions.js"
import { invoicing } from "../../adapters/sql/migrations/0005-invoicing.js"
import { migrations } from "../../adapters/sql/migrations/index.js"
import { accountStoresLayer } from "../../adapters/sql/stores.js"
import { subscriptionStoreLayer } from "../../adapters/sql/subscriptions/subscription-store.js"
import { testClock } from "../../adapters/testing/index.js"
import { BillingEntities, type CreateCustomerInput, Customers, Organizations } from "../../src/accounts/index.js"
import { type CreatePlanInput, Plans, PlanTerms, Taxes, TaxTable } from "../../src/catalog/index.js"
import { CurrentOrganization, Ids, type OrganizationId } from "../../src/core/index.js"
import { Batches, Billing, BillWork, Drafts, type InvoiceDocument, Invoices, subscriptionBillingLayer } from "../../src/invoicing/index.js"
import {
  type BillableMetric,
  EventInput,
  MetricId,
  type MetricInput,
  MetricStore,
  type Properties,
  recount,
  UsageStore,
  validateMetric
} from "../../src/metering/index.js"
import { Rating } from "../../src/rating/index.js"
import { type CreateSubscriptionInput, Subscriptions } from "../../src/subscriptions/index.js"
import { describeEngines, type Engine, type EngineServices } from "./describe-engines.js"

interface KeptEvent {
  readonly organization: OrganizationId
  readonly code: string
  readonly external_customer_id: string
  readonly external_subscription_id: string | null
  readonly at: number
  readonly properties: Properties
  readonly precise_total_amount_cents: string | null
}

/** Metrics and events in memory, counted by `recount`. */
const memory = () => {
  const metrics: Array<BillableMetric> = []
  const events: Array<KeptEvent> = []
  const layer = Layer.merge(
    Layer.succeed(MetricStore, {
      load: ({ codes, ids }) =>
        Effect.map(CurrentOrganization, (organization) =>
          metrics.filter((metric) => metric.organization_id === organization && (ids.includes(metric.id) || codes.includes(metric.code)))
        )
    }),
    Layer.succeed(UsageStore, {
      aggregate: (requests) =>
        Effect.map(CurrentOrganization, (organization) =>
          requests.map(({ buckets, metric, needs, period, subject }) =>
            recount(
              metric,
              period,
              buckets,
              events.filter(
                (event) =>
                  event.organization === organization &&
                  event.code === metric.code &&
                  event.external_customer_id === subject.external_customer_id &&
                  event.at >= subject.since &&
                  (event.external_subscription_id === null
                    ? subject.owned.some(({ from, to }) => from <= event.at && event.at < to)
                    : event.external_subscription_id === subject.external_subscription_id)
              ),
              needs
            )
          )
        )
    })
  )
  return { metrics, events, layer }
}

const metering: Migration = {
  id: 2,
  name: "metering",
  statements: () => [
    "CREATE TABLE billable_metrics (id {uuid} NOT NULL, organization_id {uuid} NOT NULL, PRIMARY KEY (organization_id, id)){table}",
    "CREATE TABLE billable_metric_filters (id {uuid} NOT NULL, organization_id {uuid} NOT NULL, key {text}, PRIMARY KEY (organization_id, id)){table}"
  ]
}

/** Tables whose migrations are not in the list yet. */
const missingTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const dialect = yield* Dialect
  for (const migration of [metering, catalog, subscriptions, invoicing]) {
    if (migrations.some(({ id }) => id === migration.id)) continue
    for (const statement of render(migration, dialect)) yield* sql.unsafe(statement)
  }
})

const stores = Layer.mergeAll(accountStoresLayer, planStoreLayer, taxStoreLayer, subscriptionStoreLayer, invoiceStoreLayer)
const accounts = Layer.mergeAll(Organizations.layer, Customers.layer.pipe(Layer.provideMerge(BillingEntities.layer)))
const catalogue = Layer.mergeAll(Plans.layer, PlanTerms.layer, Taxes.layer, TaxTable.layer)
const billing = Layer.mergeAll(Billing.layer, Invoices.layer, Subscriptions.layer.pipe(Layer.provide(subscriptionBillingLayer))).pipe(
  Layer.provide(BillWork.layer),
  Layer.provide(Drafts.layer),
  Layer.provide(Layer.mergeAll(Batches.layer, Rating.layer))
)

const NOWHERE = "00000000-0000-7000-8000-000000000000"

const open = (engine: Engine) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  const { events, layer: usage, metrics } = memory()
  const services = billing.pipe(
    Layer.provideMerge(catalogue),
    Layer.provideMerge(accounts),
    Layer.provideMerge(stores),
    Layer.provideMerge(usage)
  )
  type Provided = Layer.Layer.Success<typeof services> | EngineServices
  const provided = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) =>
    effect.pipe(Effect.provide(services), Effect.provide(clock.layer))

  /** A tenant of its own, with one billing entity (prefix `INV`) and the customer `c`. */
  const tenant = async (options: { readonly grace?: number; readonly customer?: Partial<CreateCustomerInput> } = {}) => {
    const organization = await engine.newOrganization()
    const here = Effect.provideService(CurrentOrganization, organization)
    const run = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) => engine.run(here(provided(effect)))
    const fail = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) => engine.fail(here(provided(effect)))
    await run(
      Effect.flatMap(BillingEntities, (entities) =>
        entities.create({
          code: "main",
          name: "Acme",
          invoice_prefix: "INV",
          invoice_grace_period: options.grace ?? 0
        })
      )
    )
    await run(Effect.flatMap(Customers, (customers) => customers.create({ external_id: "c", name: "Customer", ...options.customer })))
    let transactions = 0
    return {
      organization,
      run,
      fail,
      at: (time: string) => clock.set(time),
      metric: (code: string, metric: MetricInput) =>
        run(
          Effect.gen(function* () {
            const sql = yield* SqlClient.SqlClient
            const id = MetricId.make(yield* Effect.flatMap(Ids, (ids) => ids.next))
            yield* sql`INSERT INTO billable_metrics (id, organization_id) VALUES (${id}, ${organization})`
            const now = yield* DateTime.now
            const definition = yield* validateMetric(metric)
            const named = { id, organization_id: organization, code, name: code, description: null, filters: [] }
            metrics.push({ ...definition, ...named, created_at: now, updated_at: now })
          })
        ),
      customer: (input: CreateCustomerInput) => run(Effect.flatMap(Customers, (customers) => customers.create(input))),
      plan: (input: Omit<CreatePlanInput, "name" | "interval"> & Partial<CreatePlanInput>) =>
        run(Effect.flatMap(Plans, (plans) => plans.create({ name: input.code, interval: "monthly", ...input }))),
      tax: (code: string, rate: string) =>
        run(Effect.flatMap(Taxes, (taxes) => taxes.create({ code, name: code, rate, applied_to_organization: true }))),
      subscribe: (external_id: string, plan_code: string, input: Partial<CreateSubscriptionInput> = {}) =>
        run(Effect.flatMap(Subscriptions, (service) => service.create({ external_id, external_customer_id: "c", plan_code, ...input }))),
      ingest: async (
        code: string,
        timestamp: string,
        input: { readonly count?: number; readonly properties?: Properties; readonly subscription?: string } = {}
      ) => {
        for (let index = 0; index < (input.count ?? 1); index++) {
          const event = Schema.decodeSync(EventInput)({
            transaction_id: `${++transactions}`,
            external_customer_id: "c",
            code,
            timestamp
          })
          events.push({
            organization,
            code,
            external_customer_id: "c",
            external_subscription_id: input.subscription ?? null,
            at: event.timestamp.epochMillis,
            properties: input.properties ?? {},
            precise_total_amount_cents: null
          })
        }
      },
      bill: (now: string, batch_size?: number) => {
        clock.set(now)
        return run(Effect.flatMap(Billing, (service) => service.billDue(batch_size === undefined ? {} : { batch_size })))
      },
      finalizeDue: (now: string) => {
        clock.set(now)
        return run(Effect.flatMap(Billing, (service) => service.finalizeDue()))
      },
      /** All invoices with their fees, in order of creation. */
      invoices: (): Promise<ReadonlyArray<InvoiceDocument>> =>
        run(
          Effect.gen(function* () {
            const service = yield* Invoices
            const { items } = yield* service.list({ order_by: "created_at:asc", limit: 1000 })
            return yield* Effect.forEach(
              items.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
              ({ id }) => service.get(id)
            )
          })
        )
    }
  }
  return { tenant, engine, missing: NOWHERE }
}

export type BillingHost = ReturnType<typeof open>
export type Tenant = Awaited<ReturnType<BillingHost["tenant"]>>

/** A describe block for each engine, with a host over it. */
export const describeBilling = (title: string, tests: (host: BillingHost) => void): void =>
  describeEngines(title, (engine) => {
    beforeAll(() => engine.run(missingTables))
    tests(open(engine))
  })
