/**
 * Cases of operation `numbers`: which number each finalization takes. A draft is the first invoice of a subscription in
 * advance with days of grace; a credit note gives back what is left of one that ends on its first day.
 */
import { Effect } from "effect"
import { BillingEntities, Customers, Organizations } from "../../../src/accounts/index.js"
import { Plans } from "../../../src/catalog/index.js"
import { CurrentOrganization, Transactor } from "../../../src/core/index.js"
import { CreditNotes, Invoices } from "../../../src/invoicing/index.js"
import { Subscriptions } from "../../../src/subscriptions/index.js"
import { NotThereYet } from "./case.js"
import type { Engine } from "./engines.js"

interface NumberStep {
  readonly at: string
  readonly op: string
  readonly billing_entity?: string
  readonly invoice_prefix?: string
  readonly next_invoice_number?: number
}

interface NumbersInput {
  readonly timezone: string
  readonly billing_entities: ReadonlyArray<{
    readonly code: string
    readonly invoice_prefix: string
    readonly next_invoice_number?: number
  }>
  readonly steps: ReadonlyArray<NumberStep>
}

/** An issuer beside those of the case, for the invoices that credit notes give back of. */
const ASIDE = "aside"

const makeCatalogue = ({ billing_entities, timezone }: NumbersInput) =>
  Effect.gen(function* () {
    const { id } = yield* (yield* Organizations).create({ name: "Organization", timezone } as never)
    yield* Effect.gen(function* () {
      const entities = yield* BillingEntities
      for (const entity of [...billing_entities, { code: ASIDE, invoice_prefix: "ASIDE" }])
        yield* entities.create({ name: entity.code, ...entity })
      const customers = yield* Customers
      yield* customers.create({ external_id: "at once", name: "at once", currency: "EUR" })
      yield* customers.create({ external_id: "with grace", name: "with grace", currency: "EUR", invoice_grace_period: 30 })
      yield* (yield* Plans).create({ code: "p", name: "p", interval: "monthly", amount_cents: 31_00n, currency: "EUR" })
    }).pipe(Effect.provideService(CurrentOrganization, id))
    return id
  })

const subscribe = (external_id: string, external_customer_id: string, billing_entity: string) =>
  Effect.gen(function* () {
    const entity = yield* (yield* BillingEntities).get({ code: billing_entity })
    return yield* (yield* Subscriptions).create({
      external_id,
      external_customer_id,
      plan_code: "p",
      billing_time: "anniversary",
      pay_in_advance: true,
      billing_entity_id: entity.id
    })
  })

const draft = (name: string, entity: string) =>
  Effect.gen(function* () {
    const { id } = yield* subscribe(name, "with grace", entity)
    const { items } = yield* (yield* Invoices).list({ subscription_id: id })
    return items[0]!.id
  })

const finalize = (name: string, entity: string) =>
  Effect.gen(function* () {
    const { invoice } = yield* (yield* Invoices).finalize(yield* draft(name, entity))
    return invoice.invoice_number
  })

/** The last draft that was made. */
const deleteDraft = Effect.gen(function* () {
  const invoices = yield* Invoices
  const { items } = yield* invoices.list({ status: "draft", limit: 1 })
  yield* invoices.delete(items[0]!.id)
  return null
})

/** Tried, and rolled back after the number was taken. */
const failFinalization = (name: string, entity: string) =>
  Effect.gen(function* () {
    const id = yield* draft(name, entity)
    const { transaction } = yield* Transactor
    const invoices = yield* Invoices
    yield* Effect.flip(transaction(Effect.zipRight(invoices.finalize(id), Effect.fail("tried"))))
    return (yield* invoices.get(id)).invoice.invoice_number
  })

const finalizeCreditNote = (name: string) =>
  Effect.gen(function* () {
    const { id } = yield* subscribe(name, "at once", ASIDE)
    yield* (yield* Subscriptions).terminate({ id }, { on_termination_action: "generate_credit_note" })
    const { items } = yield* (yield* CreditNotes).list({ limit: 1 })
    return items[0]!.number
  })

/** Changes an issuer; no document is numbered. */
const setEntity = (code: string, change: { readonly invoice_prefix?: string; readonly next_invoice_number?: number }) =>
  Effect.flatMap(BillingEntities, (entities) => Effect.as(entities.update({ code }, change), null))

type Needs = BillingEntities | CreditNotes | CurrentOrganization | Invoices | Subscriptions | Transactor

const perform = (
  { billing_entity, op, ...given }: NumberStep,
  first: string,
  name: string
): Effect.Effect<string | null, unknown, Needs> => {
  const entity = billing_entity ?? first
  switch (op) {
    case "finalize_invoice":
      return finalize(name, entity)
    case "finalize_credit_note":
      return finalizeCreditNote(name)
    case "draft":
      return Effect.as(draft(name, entity), null)
    case "delete_draft":
      return deleteDraft
    case "fail_finalization":
      return failFinalization(name, entity)
    case "set_prefix":
      return setEntity(entity, { invoice_prefix: given.invoice_prefix! })
    case "set_next":
      return setEntity(entity, { next_invoice_number: given.next_invoice_number! })
    default:
      return Effect.die(new NotThereYet(op))
  }
}

/** The number that each step gave, or null. */
export const numbersOn =
  ({ clock, host }: Engine) =>
  async (input: NumbersInput) => {
    clock.set(input.steps[0]!.at)
    const organization = await host.runPromise(makeCatalogue(input))
    const numbers: Array<string | null> = []
    for (const [index, step] of input.steps.entries()) {
      clock.set(step.at)
      const done = perform(step, input.billing_entities[0]!.code, `s${index}`)
      numbers.push(await host.runPromise(Effect.provideService(done, CurrentOrganization, organization)))
    }
    return { numbers }
  }
