/** A small billing host for tests on both engines: every service over an engine's database, a clock that tests set, short ways to say things. */
import { Effect, Layer } from "effect"
import { storesLayer } from "../../adapters/sql/stores.js"
import { testClock } from "../../adapters/testing/index.js"
import { BillingEntities, type CreateCustomerInput, Customers } from "../../src/accounts/index.js"
import { type CreatePlanInput, Plans, Taxes } from "../../src/catalog/index.js"
import { servicesLayer } from "../../src/client/services.js"
import { CurrentOrganization } from "../../src/core/index.js"
import {
  type AppliedCoupon,
  type ApplyCouponInput,
  Coupons,
  type CreateCouponInput,
  type CreditNoteDocument
} from "../../src/credits/index.js"
import { type DocumentPrinter, DocumentPrinters } from "../../src/documents/index.js"
import { Billing, CreditNotes, type InvoiceDocument, Invoices } from "../../src/invoicing/index.js"
import { type CreateMetricInput, Events, Metrics } from "../../src/metering/index.js"
import { Doctor } from "../../src/operations/index.js"
import { type PaymentProvider, PaymentProviders } from "../../src/payments/index.js"
import { type CreateSubscriptionInput, Subscriptions } from "../../src/subscriptions/index.js"
import { builtOnce } from "./built-once.js"
import { countStatements } from "./count-statements.js"
import { describeEngines, type Engine, type EngineServices } from "./describe-engines.js"

const services = servicesLayer.pipe(Layer.provide(storesLayer))

type Provided = Layer.Layer.Success<typeof services> | EngineServices

interface IngestOptions {
  readonly count?: number
  readonly properties?: Readonly<Record<string, unknown>>
  readonly subscription?: string
}

const open = (engine: Engine) => {
  const clock = testClock("2025-01-01T00:00:00Z")
  interface TenantOptions {
    readonly grace?: number
    readonly customer?: Partial<CreateCustomerInput>
    readonly providers?: ReadonlyArray<PaymentProvider>
    readonly printer?: DocumentPrinter
    /** Other ports of the host. */
    readonly beside?: Layer.Layer<never>
  }

  const plain = builtOnce(engine, services, (building) => Effect.provide(building, clock.layer))

  /** A tenant of its own, with one billing entity (prefix `INV`) and the customer `c`. */
  const tenant = async (options: TenantOptions = {}) => {
    const organization = await engine.newOrganization()
    const providers = new Map((options.providers ?? []).map((provider) => [provider.name, provider]))
    const around = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      effect.pipe(
        Effect.provideService(PaymentProviders, providers),
        Effect.provideService(DocumentPrinters, options.printer ?? null),
        Effect.provide(options.beside ?? Layer.empty),
        Effect.provide(clock.layer)
      )
    const isPlain = options.providers === undefined && options.printer === undefined && options.beside === undefined
    const built = isPlain ? plain : builtOnce(engine, services, around)
    const here = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) =>
      around(Effect.provideService(Effect.provide(effect, built), CurrentOrganization, organization))
    const run = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) => engine.run(here(effect))
    const fail = <A, E>(effect: Effect.Effect<A, E, Provided | CurrentOrganization>) => engine.fail(here(effect))
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
      metric: (code: string, metric: Omit<CreateMetricInput, "code" | "name">) =>
        run(Effect.flatMap(Metrics, (metrics) => metrics.create({ code, name: code, ...metric }))),
      customer: (input: CreateCustomerInput) => run(Effect.flatMap(Customers, (customers) => customers.create(input))),
      plan: (input: Omit<CreatePlanInput, "name" | "interval"> & Partial<CreatePlanInput>) =>
        run(Effect.flatMap(Plans, (plans) => plans.create({ name: input.code, interval: "monthly", ...input }))),
      tax: (code: string, rate: string) =>
        run(Effect.flatMap(Taxes, (taxes) => taxes.create({ code, name: code, rate, applied_to_organization: true }))),
      /** A coupon of 10 % off one invoice unless told otherwise, with its code as its name. */
      coupon: (code: string, input: Partial<CreateCouponInput> = {}) =>
        run(
          Effect.flatMap(Coupons, (coupons) =>
            coupons.create({
              code,
              name: code,
              ...(input.coupon_type === "fixed_amount"
                ? { amount_currency: "EUR", coupon_type: "fixed_amount" }
                : { percentage_rate: "10", coupon_type: "percentage" }),
              ...input
            })
          )
        ),
      applyCoupon: (coupon_code: string, input: Partial<ApplyCouponInput> = {}) =>
        run(Effect.flatMap(Coupons, (coupons) => coupons.apply({ coupon_code, external_customer_id: "c", ...input }))),
      /** All applications of coupons, in order. */
      appliedCoupons: (): Promise<ReadonlyArray<AppliedCoupon>> =>
        run(
          Effect.flatMap(Coupons, (coupons) =>
            Effect.map(coupons.applied({ order_by: "created_at:asc", limit: 1000 }), (page) => page.items)
          )
        ),
      subscribe: (external_id: string, plan_code: string, input: Partial<CreateSubscriptionInput> = {}) =>
        run(Effect.flatMap(Subscriptions, (service) => service.create({ external_id, external_customer_id: "c", plan_code, ...input }))),
      ingest: (code: string, timestamp: string, { count = 1, properties = {}, subscription }: IngestOptions = {}) =>
        run(
          Effect.flatMap(Events, (events) =>
            events.ingest(
              Array.from({ length: count }, () => ({
                transaction_id: `${++transactions}`,
                external_customer_id: "c",
                ...(subscription === undefined ? {} : { external_subscription_id: subscription }),
                code,
                timestamp,
                properties
              }))
            )
          )
        ),
      bill: (now: string, batch_size?: number) => {
        clock.set(now)
        return run(Effect.flatMap(Billing, (service) => service.billDue(batch_size === undefined ? {} : { batch_size })))
      },
      changePlan: (external_id: string, plan_code: string) =>
        run(Effect.flatMap(Subscriptions, (service) => service.changePlan({ external_id }, { plan_code }))),
      /** How many statements a billing run takes. */
      statementsOfBilling: (now: string) => {
        clock.set(now)
        return run(Effect.map(countStatements(Effect.flatMap(Billing, (service) => service.billDue())), ([, statements]) => statements))
      },
      preview: (external_id: string) => run(Effect.flatMap(Invoices, (service) => service.preview({ external_id }))),
      /** Finalizes every draft, all at the same time. */
      finalizeAll: () =>
        run(
          Effect.gen(function* () {
            const service = yield* Invoices
            const { items } = yield* service.list({ status: "draft", limit: 1000 })
            yield* Effect.forEach(items, ({ id }) => service.finalize(id), { concurrency: "unbounded", discard: true })
          })
        ),
      /** What the doctor finds. */
      violations: () => run(Effect.flatMap(Doctor, (doctor) => Effect.map(doctor.check(), (report) => report.violations))),
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
        ),
      /** All credit notes with their items, in order of creation. */
      notes: (): Promise<ReadonlyArray<CreditNoteDocument>> =>
        run(
          Effect.gen(function* () {
            const service = yield* CreditNotes
            const { items } = yield* service.list({ order_by: "created_at:asc", limit: 1000 })
            return yield* Effect.forEach(
              items.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
              ({ id }) => service.get(id)
            )
          })
        )
    }
  }
  return { engine: engine.name, tenant, asOwner: engine.asOwner }
}

export type BillingHost = ReturnType<typeof open>
export type Tenant = Awaited<ReturnType<BillingHost["tenant"]>>

/** A describe block for each engine, with a host over it. */
export const describeBilling = (title: string, tests: (host: BillingHost) => void): void =>
  describeEngines(title, (engine) => tests(open(engine)))
