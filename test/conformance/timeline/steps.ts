/**
 * The steps of a timeline as calls of the services. A step whose operation is not in the table fails as not there yet. What
 * a case says goes to the services as it is (`as never`): they decode and check it.
 */
import { DateTime, Effect } from "effect"
import { Customers } from "../../../src/accounts/index.js"
import { Coupons } from "../../../src/credits/index.js"
import { AddOns, Billing, Invoices, UsageThresholds } from "../../../src/invoicing/index.js"
import { Events } from "../../../src/metering/index.js"
import { Collecting, Dunning, Payments } from "../../../src/payments/index.js"
import { Subscriptions } from "../../../src/subscriptions/index.js"
import { NotThereYet, type Step, type ThresholdSetup } from "./case.js"
import { creditNoteVerbs } from "./credit-notes.js"
import { payBy } from "./setup.js"
import { addThresholds } from "./thresholds.js"
import { walletVerbs } from "./wallets.js"
import { invoiceAt, type World } from "./world.js"

interface OfCustomer {
  readonly customer?: string
}
interface OfSubscription {
  readonly subscription: string
}
interface OfInvoice {
  readonly invoice: number
}
interface Subscribe extends OfCustomer, OfSubscription {
  readonly plan: string
  readonly usage_thresholds?: ReadonlyArray<ThresholdSetup>
}
interface Ingest extends OfCustomer {
  readonly metric: string
  readonly subscription?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly timestamp?: string
  readonly count?: number
}

interface ApplyCoupon extends OfCustomer {
  readonly coupon: string
}

interface OneOffStep extends OfCustomer {
  readonly lines: ReadonlyArray<{ readonly taxes?: ReadonlyArray<string> }>
}

const ref = ({ subscription }: OfSubscription) => ({ external_id: subscription })
const named = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value })

const subscribe = ({ customer, plan, subscription, usage_thresholds, ...given }: Subscribe, world: World) =>
  Effect.gen(function* () {
    const row = yield* (yield* Subscriptions).create({
      external_id: subscription,
      external_customer_id: customer ?? world.customer,
      plan_code: plan,
      ...given
    } as never)
    world.names.add(row.id, subscription)
    yield* addThresholds(usage_thresholds, { external_subscription_id: subscription }, world.names)
  })

const ingest = ({ count = 1, customer, metric, properties = {}, subscription, timestamp }: Ingest, world: World) =>
  Effect.flatMap(Events, (events) =>
    events.ingest(
      Array.from({ length: count }, () => ({
        transaction_id: world.transactionId(),
        external_customer_id: customer ?? world.customer,
        ...named("external_subscription_id", subscription),
        code: metric,
        timestamp: timestamp ?? DateTime.formatIso(world.at()),
        properties
      }))
    )
  )

/** A run that could not do all of its work has failed. */
const whole = <R extends { readonly failures: ReadonlyArray<{ readonly error: unknown }> }>(run: R): Effect.Effect<R, unknown> => {
  const [failure] = run.failures
  return failure === undefined ? Effect.succeed(run) : Effect.fail(failure.error)
}

const verbs = {
  subscribe,
  change_plan: ({ plan, when, ...step }: OfSubscription & { readonly plan: string; readonly when?: "now" }) =>
    Effect.flatMap(Subscriptions, (service) => service.changePlan(ref(step), { plan_code: plan, ...named("when", when) })),
  cancel_plan_change: (step: OfSubscription) => Effect.flatMap(Subscriptions, (service) => service.cancelPlanChange(ref(step))),
  pause: (step: OfSubscription) => Effect.flatMap(Subscriptions, (service) => service.pause(ref(step))),
  resume: (step: OfSubscription) => Effect.flatMap(Subscriptions, (service) => service.resume(ref(step))),
  cancel: ({ when, ...step }: OfSubscription & { readonly when?: "now" }) =>
    Effect.flatMap(Subscriptions, (service) => service.cancel(ref(step), named("when", when))),
  terminate: ({ action, ...step }: OfSubscription & { readonly action?: string }) =>
    Effect.flatMap(Subscriptions, (service) => service.terminate(ref(step), named("on_termination_action", action))),
  ingest,
  set_thresholds: (
    { plan, usage_thresholds }: { readonly plan: string; readonly usage_thresholds: ReadonlyArray<ThresholdSetup> },
    world: World
  ) => addThresholds(usage_thresholds, { plan_code: plan }, world.names),
  check_thresholds: (step: OfSubscription) => Effect.flatMap(UsageThresholds, (service) => service.check(ref(step))),
  set_timezone: ({ customer, timezone }: OfCustomer & { readonly timezone: string }, world: World) =>
    Effect.flatMap(Customers, (service) => service.update({ external_id: customer ?? world.customer }, { timezone })),
  run_billing: () => Effect.flatMap(Billing, (service) => Effect.flatMap(service.billDue(), whole)),
  run_finalize: () => Effect.flatMap(Billing, (service) => Effect.flatMap(service.finalizeDue(), whole)),
  finalize: ({ invoice }: OfInvoice) =>
    Effect.flatMap(invoiceAt(invoice), ({ id }) => Effect.flatMap(Invoices, (service) => service.finalize(id))),
  refresh: ({ invoice }: OfInvoice) =>
    Effect.flatMap(invoiceAt(invoice), ({ id }) => Effect.flatMap(Invoices, (service) => service.refresh(id))),
  pay: ({ amount_cents, invoice }: OfInvoice & { readonly amount_cents?: string }) =>
    Effect.flatMap(invoiceAt(invoice), ({ id }) =>
      Effect.flatMap(Payments, (service) => service.record({ invoice_id: id, ...named("amount_cents", amount_cents) }))
    ),
  apply_coupon: ({ coupon, customer, ...given }: ApplyCoupon, world: World) =>
    Effect.flatMap(Coupons, (service) =>
      service.apply({ coupon_code: coupon, external_customer_id: customer ?? world.customer, ...given } as never)
    ),
  ...walletVerbs,
  ...creditNoteVerbs,
  set_payment_method: ({ customer, outcome }: OfCustomer & { readonly outcome: "succeeds" | "fails" }, world: World) =>
    payBy(outcome, customer ?? world.customer),
  run_dunning: () => Effect.flatMap(Dunning, (service) => service.run()),
  apply_add_on: ({ add_on, customer, ...given }: OfCustomer & { readonly add_on: string }, world: World) =>
    Effect.flatMap(AddOns, (service) =>
      service.apply({ add_on_code: add_on, external_customer_id: customer ?? world.customer, ...given } as never)
    ),
  one_off: ({ customer, lines, ...given }: OneOffStep, world: World) =>
    Effect.flatMap(Invoices, (service) =>
      service.oneOff({
        external_customer_id: customer ?? world.customer,
        ...given,
        lines: lines.map(({ taxes, ...line }, index) => ({ description: `Line ${index + 1}`, ...line, ...named("tax_codes", taxes) }))
      } as never)
    ),
  void: ({ invoice }: OfInvoice) => Effect.flatMap(invoiceAt(invoice), ({ id }) => Effect.flatMap(Invoices, (service) => service.void(id))),
  look: () => Effect.void
}

type Needs = Effect.Effect.Context<ReturnType<(typeof verbs)[keyof typeof verbs]>>
type Verb = (fields: unknown, world: World) => Effect.Effect<unknown, unknown, Needs>

/** What an operation queues is done at once: the charges of what became final, and of attempts. */
const collect = Effect.flatMap(Collecting, (service) => service.collectDue())

/** What a step does. Dies with `NotThereYet` where the library has no such verb. */
export const perform = ({ at: _, error: __, expect: ___, note: ____, op, ...fields }: Step, world: World) =>
  Object.hasOwn(verbs, op)
    ? Effect.zipLeft((verbs as Readonly<Record<string, Verb>>)[op]!(fields, world), collect)
    : Effect.die(new NotThereYet(op))
