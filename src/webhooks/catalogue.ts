/**
 * The event catalogue: every type of webhook, what its `data` holds and when it is sent. A closed list; the types of payloads
 * and the reference in docs/webhooks.md are derived from it.
 */
import { Schema } from "effect"

const Uuid = Schema.String.annotations({ description: "id" })
const Word = Schema.String.annotations({ description: "text" })
const Cents = Schema.String.annotations({ description: "minor units, digits as text" })
const Decimal = Schema.String.annotations({ description: "decimal as text" })
const Moment = Schema.String.annotations({ description: "instant, ISO 8601 in UTC" })
const Count = Schema.Int.annotations({ description: "whole number" })
const Flag = Schema.Boolean.annotations({ description: "true or false" })
const Uuids = Schema.Array(Schema.String).annotations({ description: "ids" })
const Words = Schema.Array(Schema.String).annotations({ description: "texts" })
const words = <const L extends readonly [string, ...ReadonlyArray<string>]>(...literals: L) => Schema.Literal(...literals)

interface Entry<Fields extends Schema.Struct.Fields = Schema.Struct.Fields> {
  /** What the event is about: `data` has its id as `<object_type>_id`. */
  readonly object_type: string
  readonly about: string
  readonly data: Fields
}

const entry = <const T extends string, Fields extends Schema.Struct.Fields>(object_type: T, about: string, data: Fields) =>
  ({ object_type, about, data }) as const satisfies Entry<Fields>

const customer = { external_id: Word }

const subscription = {
  external_id: Word,
  customer_id: Uuid,
  plan_id: Uuid,
  status: words("pending", "active", "paused", "canceled", "terminated")
}
const ending = {
  ...subscription,
  on_termination_action: words("generate_invoice", "generate_credit_note", "skip"),
  ending_at: Schema.NullOr(Moment)
}

const invoice = {
  invoice_number: Schema.NullOr(Word),
  customer_id: Uuid,
  subscription_id: Schema.NullOr(Uuid),
  invoice_type: words("subscription", "add_on", "credit", "one_off", "progressive_billing"),
  status: words("draft", "finalized", "paid", "voided"),
  total_cents: Cents,
  due_cents: Cents,
  currency: Word,
  issued_at: Schema.NullOr(Moment),
  due_date: Schema.NullOr(Moment)
}

const creditNote = {
  number: Schema.NullOr(Word),
  invoice_id: Uuid,
  customer_id: Uuid,
  credit_note_type: words("credit", "refund", "offset"),
  reason: words("duplicated_charge", "product_unsatisfactory", "order_change", "order_cancellation", "fraudulent_charge", "other"),
  total_amount_cents: Cents,
  balance_amount_cents: Cents,
  currency: Word
}
const refund = {
  invoice_id: Uuid,
  refund_amount_cents: Cents,
  provider_refund_id: Schema.NullOr(Word),
  status: words("succeeded", "failed")
}

const payment = {
  invoice_id: Uuid,
  customer_id: Uuid,
  amount_cents: Cents,
  currency: Word,
  provider: words("stripe", "manual", "ucp", "gocardless", "adyen"),
  status: words("pending", "processing", "succeeded", "failed", "refunded", "canceled")
}

const paymentRequest = { customer_id: Uuid, amount_cents: Cents, amount_currency: Word }
const attempted = { ...paymentRequest, payment_attempts: Count }

const wallet = { customer_id: Uuid, code: Word, balance_cents: Cents, credits_balance: Decimal, currency: Word }
const movement = {
  wallet_id: Uuid,
  customer_id: Uuid,
  transaction_type: words("inbound", "outbound"),
  transaction_status: words("granted", "purchased", "voided", "invoiced"),
  source: words("manual", "interval", "threshold"),
  status: words("pending", "settled", "failed"),
  amount: Cents,
  credit_amount: Decimal,
  invoice_id: Schema.NullOr(Uuid)
}

export const catalogue = {
  "customer.created": entry("customer", "A customer was made.", customer),
  "customer.updated": entry("customer", "A customer was changed; `changed_fields` names what.", { ...customer, changed_fields: Words }),
  "subscription.created": entry("subscription", "A subscription was made.", subscription),
  "subscription.started": entry("subscription", "It started: at once, at its planned start, or by hand.", subscription),
  "subscription.paused": entry("subscription", "It was paused.", subscription),
  "subscription.resumed": entry("subscription", "It was resumed.", subscription),
  "subscription.canceled": entry("subscription", "It was canceled, and ends at `ending_at`.", ending),
  "subscription.terminated": entry("subscription", "It ended.", ending),
  "subscription.plan_changed": entry(
    "subscription",
    "Its plan changed (`executed` is true), or a downgrade was scheduled for the period's end (`executed` is false).",
    {
      ...subscription,
      previous_plan_id: Uuid,
      new_plan_id: Uuid,
      change_type: words("upgrade", "downgrade"),
      effective_at: Moment,
      executed: Flag
    }
  ),
  "subscription.plan_change_canceled": entry("subscription", "A scheduled downgrade was called off.", {
    ...subscription,
    canceled_plan_id: Uuid
  }),
  "subscription.trial_ended": entry("subscription", "Its trial ended.", { ...subscription, trial_ended_at: Moment }),
  "usage_threshold.crossed": entry("usage_threshold", "Usage reached a threshold; `invoice_id` is the progressive invoice.", {
    subscription_id: Uuid,
    threshold_amount_cents: Cents,
    current_usage_amount_cents: Cents,
    currency: Word,
    recurring: Flag,
    crossed_at: Moment,
    invoice_id: Schema.NullOr(Uuid)
  }),
  "usage_alert.triggered": entry("usage_alert", "Usage reached an alert's value, or a multiple of it.", {
    subscription_id: Uuid,
    billable_metric_code: Word,
    threshold_value: Decimal,
    current_usage: Decimal,
    recurring: Flag,
    times_triggered: Count,
    triggered_at: Moment
  }),
  "event.error": entry(
    "event",
    "Events were stored that do not count for their metric; one webhook per call, with the first one's id, code and reason.",
    { transaction_ids: Words, code: Word, reason: Word }
  ),
  "fee.created": entry("fee", "A fee was made that waits for an invoice.", {
    customer_id: Uuid,
    subscription_id: Schema.NullOr(Uuid),
    fee_type: words("charge", "subscription", "add_on", "credit", "commitment"),
    amount_cents: Cents,
    currency: Word
  }),
  "invoice.created": entry("invoice", "An invoice was made, as a draft.", invoice),
  "invoice.finalized": entry("invoice", "It has its number and changes no more.", invoice),
  "invoice.paid": entry("invoice", "Nothing is due on it any more.", invoice),
  "invoice.voided": entry("invoice", "It was voided.", invoice),
  "invoice.payment_overdue": entry("invoice", "The day on which it was due is over, and something is due; once.", {
    ...invoice,
    days_overdue: Count
  }),
  "credit_note.created": entry("credit_note", "A credit note was made, as a draft.", creditNote),
  "credit_note.finalized": entry("credit_note", "It has its number and changes no more.", creditNote),
  "credit_note.voided": entry("credit_note", "What of its credit was not used was taken back.", creditNote),
  "credit_note.refund.succeeded": entry("credit_note", "The money of a refund was returned.", refund),
  "credit_note.refund.failed": entry("credit_note", "The money of a refund could not be returned.", {
    ...refund,
    failure_reason: Schema.NullOr(Word)
  }),
  "payment.created": entry("payment", "A payment was made, or is to be collected.", payment),
  "payment.succeeded": entry("payment", "The money came in.", payment),
  "payment.failed": entry("payment", "It was refused, or came to nothing.", { ...payment, failure_reason: Schema.NullOr(Word) }),
  "payment.canceled": entry("payment", "It is no longer to be collected.", payment),
  "payment.refunded": entry("payment", "Money of it was returned; `refunded_amount_cents` is all that was so far.", {
    ...payment,
    refunded_amount_cents: Cents
  }),
  "payment_request.created": entry("payment_request", "Invoices are asked for together.", {
    ...paymentRequest,
    dunning_campaign_id: Schema.NullOr(Uuid),
    invoice_ids: Uuids
  }),
  "payment_request.payment_succeeded": entry("payment_request", "Nothing of it is due any more.", attempted),
  "payment_request.payment_failed": entry("payment_request", "An attempt came to nothing.", attempted),
  "wallet.created": entry("wallet", "A wallet was made.", wallet),
  "wallet.terminated": entry("wallet", "It ended, or expired.", wallet),
  "wallet.depleted": entry("wallet", "Its last credits were used.", wallet),
  "wallet.transaction.created": entry("wallet_transaction", "Credits moved, or a purchase waits to be paid.", movement),
  "wallet.transaction.updated": entry("wallet_transaction", "A purchase was paid, or failed.", movement)
} satisfies Readonly<Record<string, Entry>>

type Catalogue = typeof catalogue
export type WebhookType = keyof Catalogue

/** All types, in the catalogue's order. */
export const webhookTypes = Object.keys(catalogue) as ReadonlyArray<WebhookType>

export const WebhookType = Schema.String.pipe(
  Schema.filter((text): text is WebhookType => Object.hasOwn(catalogue, text), { message: () => "expected a type of the event catalogue" })
)

/** The keys of a type beside its object's id. */
export type WebhookKeys<T extends WebhookType> = Schema.Struct.Type<Catalogue[T]["data"]>

/** What `data` of a type holds: its object's id, and the keys of the catalogue. */
export type WebhookData<T extends WebhookType> = WebhookKeys<T> & {
  readonly [K in `${Catalogue[T]["object_type"]}_id`]: string
}

/** A body as it is sent, told apart by `type`. */
export type WebhookBody<T extends WebhookType = WebhookType> = {
  readonly [K in T]: {
    /** The webhook's id, as in the header `webhook-id`. */
    readonly id: string
    readonly type: K
    /** When it happened, ISO 8601 in UTC. */
    readonly timestamp: string
    readonly organization_id: string
    readonly object_type: Catalogue[K]["object_type"]
    readonly object_id: string
    readonly data: WebhookData<K>
  }
}[T]

/** A body's schema, by its type. */
export const bodySchema = (type: WebhookType): Schema.Schema<object, unknown> => {
  const { data, object_type } = catalogue[type]
  return Schema.Struct({
    id: Schema.String,
    type: Schema.Literal(type),
    timestamp: Schema.String,
    organization_id: Schema.String,
    object_type: Schema.Literal(object_type),
    object_id: Schema.String,
    data: Schema.Struct({ [`${object_type}_id`]: Schema.String, ...(data as Schema.Struct.Fields) })
  }) as unknown as Schema.Schema<object, unknown>
}
