/** The service of fees: those that hosts add, those that they collect themselves, and looking them up (billing 10). */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import {
  type CurrentOrganization,
  currencyOf,
  decodeInput,
  Exact,
  exponentOf,
  Ids,
  Immutable,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor,
  type UnknownCurrency
} from "../core/index.js"
import { FeeNotFound } from "./errors.js"
import { type Fee, FeeId } from "./fee.js"
import { CreateFee, type CreateFeeInput, FIGURES, ListFees, type ListFeesInput, UpdateFee, type UpdateFeeInput } from "./fee-input.js"
import { type FeeChanges, FeeStore } from "./fee-store.js"
import { InvoiceStore } from "./store.js"

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** From which payment status a host marks what it collects itself as what. */
const feeTransitions: Readonly<Record<Fee["payment_status"], ReadonlyArray<Fee["payment_status"]>>> = {
  pending: ["succeeded", "failed"],
  failed: ["pending", "succeeded"],
  succeeded: ["refunded"],
  refunded: []
}

export interface FeesShape {
  /**
   * Adds a fee for a customer, which the next invoice of a subscription in its currency takes, with the taxes of the customer, the issuer or the
   * organization: the one that closes a period next, or is made earlier.
   *
   * Fails with `InvalidInput`, `UnknownCurrency`, `CustomerNotFound`.
   */
  readonly create: (input: CreateFeeInput) => Call<Fee, InvalidInput | UnknownCurrency | CustomerNotFound>
  /** Fails with `FeeNotFound`. */
  readonly get: (id: string) => Call<Fee, FeeNotFound>
  /** By invoice, or those on none; by customer, subscription, charge, type and payment status; newest first. Fails with `InvalidInput`. */
  readonly list: (input?: ListFeesInput) => Call<Page<Fee>, InvalidInput>
  /**
   * Describes a fee otherwise, while its invoice is a draft or it has none; and marks what the host collects itself, a fee of usage in advance
   * without an invoice: as paid, failed, or refunded.
   *
   * Fails with `InvalidInput`, `FeeNotFound`, `Immutable` for every figure, for the description on what is final, and for the payment status of
   * what an invoice has or will have; `InvalidTransition` for a mark that does not follow the one before.
   */
  readonly update: (id: string, input: UpdateFeeInput) => Call<Fee, InvalidInput | FeeNotFound | Immutable | InvalidTransition>
  /** Takes back a fee that was added. Fails with `FeeNotFound`, `InvalidTransition` for everything else, and once an invoice has it. */
  readonly delete: (id: string) => Call<void, FeeNotFound | InvalidTransition>
}

const decodeCreate = decodeInput(CreateFee)
const decodeUpdate = decodeInput(UpdateFee)
const decodeList = decodeInput(ListFees)

const differences = (before: Fee, after: Fee): FeeChanges =>
  Object.fromEntries(
    (["description", "payment_status"] as const).flatMap((field) =>
      before[field] === after[field] ? [] : [[field, { before: before[field], after: after[field] }]]
    )
  )

const told = (fee: Fee, side: "before" | "after"): FeeChanges => {
  const { amount_cents, currency, customer_id, description } = fee
  const fields = { customer_id, amount_cents: String(amount_cents), currency, description }
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { [side]: value }]))
}

export class Fees extends Context.Tag("billwright/Fees")<Fees, FeesShape>() {
  static readonly layer: Layer.Layer<Fees, never, FeeStore | InvoiceStore | CustomerStore | Transactor | Ids> = Layer.effect(
    Fees,
    Effect.gen(function* () {
      const store = yield* FeeStore
      const invoices = yield* InvoiceStore
      const customers = yield* CustomerStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const find = Effect.fnUntraced(function* (id: string) {
        const fee = isUuid(id) ? yield* store.find(id) : undefined
        return fee ?? (yield* new FeeNotFound({ id }))
      })

      /** A fee with its invoice, if it has one: locked, the invoice first. */
      const lock = Effect.fnUntraced(function* (
        id: string
      ): Effect.fn.Return<
        { readonly fee: Fee; readonly document: Effect.Effect.Success<ReturnType<typeof invoices.lock>>[number] | null },
        FeeNotFound | StorageError,
        CurrentOrganization
      > {
        const { invoice_id } = yield* find(id)
        const [document] = invoice_id === null ? [] : yield* invoices.lock([invoice_id])
        const fee = invoice_id === null ? yield* store.lockAlone(id) : document?.fees.find((one) => one.id === id)
        // An invoice took it meanwhile, or it came off one.
        return fee === undefined ? yield* lock(id) : { fee, document: document ?? null }
      })

      const marked = (fee: Fee, payment_status: Fee["payment_status"] | undefined) =>
        Effect.gen(function* () {
          if (payment_status === undefined || payment_status === fee.payment_status) return fee.payment_status
          if (fee.invoice_id !== null || fee.charge_id === null) return yield* new Immutable({ field: "payment_status" })
          if (!feeTransitions[fee.payment_status].includes(payment_status)) {
            return yield* new InvalidTransition({ entity: "Fee", id: fee.id, from: fee.payment_status, action: `mark ${payment_status}` })
          }
          return payment_status
        })

      return Fees.of({
        create: Effect.fn("Fees.create")(function* (input) {
          const given = yield* decodeCreate(input)
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const external_id = given.external_customer_id
              const customer = (yield* customers.find({ external_id })) ?? (yield* new CustomerNotFound({ id: external_id }))
              const { code: currency } = yield* currencyOf(given.currency ?? customer.currency)
              const cents = given.amount_cents.toString()
              const fee: Fee = {
                id: FeeId.make(yield* ids.next),
                organization_id: customer.organization_id,
                invoice_id: null,
                charge_id: null,
                charge_filter_id: null,
                subscription_id: null,
                customer_id: customer.id,
                commitment_id: null,
                applied_add_on_id: null,
                event_id: null,
                fee_type: "add_on",
                currency,
                amount_cents: given.amount_cents,
                precise_amount_cents: cents,
                progressive_billing_credit_amount_cents: 0n,
                coupons_amount_cents: 0n,
                taxes_amount_cents: 0n,
                total_amount_cents: given.amount_cents,
                units: "1",
                events_count: 0,
                unit_amount_cents: cents,
                precise_unit_amount: Exact.toText(
                  Exact.divide(Exact.fromBigInt(given.amount_cents), Exact.fromBigInt(Exact.pow10(exponentOf(currency))))
                ),
                payment_status: "pending",
                description: given.description,
                metric_code: null,
                period_start: null,
                period_end: null,
                position: 0,
                properties: {},
                created_at: now,
                updated_at: now
              }
              yield* invoices.insertFees([{ fees: [fee], taxes: [] }])
              yield* store.tell(fee, "created", told(fee, "after"))
              return fee
            })
          )
        }),

        get: Effect.fn("Fees.get")(find),

        list: Effect.fn("Fees.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          return pageOf(request, yield* store.page(given, request))
        }),

        update: Effect.fn("Fees.update")(function* (id, input) {
          const given = yield* decodeUpdate(input)
          const figure = FIGURES.find((field) => given[field] !== undefined)
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const { document, fee } = yield* lock(id)
              if (figure !== undefined) return yield* new Immutable({ field: figure })
              const description = given.description ?? fee.description
              const renames = description !== fee.description
              if (renames && document !== null && document.invoice.status !== "draft") return yield* new Immutable({ field: "description" })
              const properties = renames ? { ...fee.properties, renamed: true } : fee.properties
              const after: Fee = {
                ...fee,
                description,
                payment_status: yield* marked(fee, given.payment_status),
                properties,
                updated_at: now
              }
              const changes = differences(fee, after)
              if (Object.keys(changes).length === 0) return fee
              if (document === null) yield* store.save(after)
              else {
                const line_items = document.invoice.line_items.map((item, place) =>
                  place === document.fees.indexOf(fee) ? { ...item, description } : item
                )
                const fees = document.fees.map((one) => (one === fee ? after : one))
                yield* invoices.replace([{ ...document, fees, invoice: { ...document.invoice, line_items, updated_at: now } }])
              }
              yield* store.tell(fee, "payment_status" in changes ? "status_changed" : "updated", changes)
              return after
            })
          )
        }),

        delete: Effect.fn("Fees.delete")((id) =>
          transaction(
            Effect.gen(function* () {
              const { fee } = yield* lock(id)
              if (fee.invoice_id !== null || fee.charge_id !== null) {
                return yield* new InvalidTransition({ entity: "Fee", id, from: fee.payment_status, action: "delete" })
              }
              yield* store.remove(id)
              yield* store.tell(fee, "deleted", told(fee, "before"))
            })
          )
        )
      })
    })
  )
}
