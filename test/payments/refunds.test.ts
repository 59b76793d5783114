import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { type ProviderScript, scriptedProvider } from "../../adapters/testing/index.js"
import { type CreateCreditNoteInput, CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { Collecting, PaymentMethods, PaymentRequests, Payments, Refunding, type RefundPaymentInput } from "../../src/payments/index.js"
import { abortAtStatement } from "../support/abort-at-statement.js"
import { type BillingHost, describeBilling, type Tenant } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

const collectDue = Effect.flatMap(Collecting, (collecting) => collecting.collectDue())
const refundDue = Effect.flatMap(Refunding, (refunding) => refunding.refundDue())
const payments = <A, E, R>(use: (service: typeof Payments.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Payments, use)
const notes = <A, E, R>(use: (service: typeof CreditNotes.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(CreditNotes, use)
const refund = (id: string, input: RefundPaymentInput = {}) => payments((service) => service.refund(id, input))
const record = (invoice_id: string, amount_cents?: bigint) =>
  payments((service) => service.record({ invoice_id, ...(amount_cents === undefined ? {} : { amount_cents }) }))
const issue = (input: CreateCreditNoteInput) => notes((service) => service.issue(input))
const invoice = (id: string) => Effect.flatMap(Invoices, (invoices) => invoices.get(id))
const paymentsOf = (t: Tenant, invoice_id: string) =>
  t.run(payments((service) => Effect.map(service.list({ invoice_id, order_by: "created_at:asc" }), ({ items }) => items)))

const minutes = (iso: string, n: number) => new Date(Date.parse(iso) + n * 60_000).toISOString()
const FEBRUARY = "2025-02-01T00:00:00Z"

/** A tenant over a scripted provider: the customer owes 10,800 EUR with 20 % of it tax, and paid by a stored method unless told otherwise. */
const paid = async (host: BillingHost, script: ProviderScript = {}, by: "card" | "hand" = "card") => {
  const provider = scriptedProvider(script)
  const t = await host.tenant({ providers: [provider] })
  t.at("2025-01-01T00:00:00Z")
  await t.tax("vat", "0.2")
  await t.plan({ code: "p", currency: "EUR", amount_cents: 9_000n })
  await t.subscribe("s", "p")
  if (by === "card") {
    await t.run(
      Effect.flatMap(PaymentMethods, (methods) =>
        methods.add({ external_customer_id: "c", provider: "stripe", provider_payment_method_id: "succeeds" })
      )
    )
  }
  await t.bill(FEBRUARY)
  const id = (await t.invoices())[0]!.invoice.id as string
  if (by === "card") await t.run(collectDue)
  else await t.run(record(id))
  const [payment] = await paymentsOf(t, id)
  return { provider, t, invoice_id: id, payment: payment! }
}

describeBilling("a refund of a payment", (host) => {
  it("is meant with a credit note over the fees and their taxes, and made by the job: once, with its key", async () => {
    const { invoice_id, payment, provider, t } = await paid(host)
    const { refunds } = await t.run(refund(payment.id, { amount_cents: 5_400n, reason: "product_unsatisfactory" }))
    expect(refunds).toMatchObject([{ status: "pending", amount_cents: 5_400n, payment_id: payment.id, called_at: null }])
    expect(provider.refunds.size).toBe(0)
    const [meant] = await t.notes()
    expect(meant!.note).toMatchObject({
      id: refunds[0]!.credit_note_id,
      credit_note_type: "refund",
      refund_status: "pending",
      reason: "product_unsatisfactory",
      refund_amount_cents: 5_400n,
      sub_total_cents: 4_500n,
      taxes_amount_cents: 900n
    })

    expect(await t.run(refundDue)).toEqual({ refunds: 1, succeeded: 1, failed: 0, pending: 0, unknown: 0 })
    expect([...provider.refunds.values()].map(({ call }) => call)).toEqual([
      {
        key: refunds[0]!.id,
        provider_payment_id: payment.provider_payment_id,
        amount_cents: 5_400n,
        currency: "EUR",
        metadata: { organization_id: t.organization, payment_id: payment.id, refund_id: refunds[0]!.id }
      }
    ])
    expect((await paymentsOf(t, invoice_id))[0]).toMatchObject({ status: "succeeded", refunded_amount_cents: 5_400n })
    expect((await t.notes())[0]!.note.refund_status).toBe("succeeded")
    const after = await t.run(invoice(invoice_id))
    expect(after.invoice.status).toBe("paid")
    expect(after.fees.map((fee) => fee.payment_status)).toEqual(["succeeded"])
    expect(after.settlements.map(({ amount_cents, returned_at }) => [amount_cents, returned_at])).toEqual([[10_800n, null]])
    expect(await t.run(refundDue)).toMatchObject({ refunds: 0 })
    expect(await t.violations()).toEqual([])
  })

  it("of the rest makes it refunded, and its fees; then nothing is left to refund", async () => {
    const { invoice_id, payment, provider, t } = await paid(host)
    await t.run(refund(payment.id, { amount_cents: 3n }))
    await t.run(refund(payment.id))
    expect(await t.run(refundDue)).toMatchObject({ refunds: 2, succeeded: 2 })
    expect([...provider.refunds.values()].map(({ call }) => call.amount_cents)).toEqual([3n, 10_797n])
    expect((await paymentsOf(t, invoice_id))[0]).toMatchObject({ status: "refunded", refunded_amount_cents: 10_800n })
    const documents = await t.notes()
    expect(documents.reduce((sum, { note }) => sum + note.taxes_amount_cents, 0n)).toBe(1_800n)
    expect(documents.reduce((sum, { note }) => sum + note.sub_total_cents, 0n)).toBe(9_000n)
    expect((await t.run(invoice(invoice_id))).fees.map((fee) => fee.payment_status)).toEqual(["refunded"])
    expect(await t.fail(refund(payment.id))).toMatchObject({ _tag: "InvalidTransition", from: "refunded", action: "refund" })
    expect(await t.violations()).toEqual([])
  })

  it("is never more than was paid and not refunded, under way included, nor more than the fees still bill", async () => {
    const { invoice_id, payment, t } = await paid(host)
    expect(await t.fail(refund(payment.id, { amount_cents: 10_801n }))).toMatchObject({ _tag: "RefundExceedsPaid", available: 10_800n })
    expect(await t.fail(refund(payment.id, { amount_cents: 0n }))).toMatchObject({ _tag: "InvalidInput", field: "amount_cents" })
    expect(await t.fail(refund(payment.id, { reason: "whim" as never }))).toMatchObject({ _tag: "InvalidInput", field: "reason" })
    expect(await t.fail(refund(invoice_id))).toMatchObject({ _tag: "PaymentNotFound" })
    await t.run(refund(payment.id, { amount_cents: 10_000n }))
    expect(await t.fail(refund(payment.id, { amount_cents: 801n }))).toMatchObject({ _tag: "RefundExceedsPaid", available: 800n })

    const other = await paid(host)
    const [fee] = (await other.t.run(invoice(other.invoice_id))).fees
    await other.t.run(
      issue({ invoice_id: other.invoice_id, credit_note_type: "credit", items: [{ fee_id: fee!.id, amount_cents: 4_500n }] })
    )
    expect(await other.t.fail(refund(other.payment.id))).toMatchObject({ _tag: "RefundExceedsPaid", available: 5_400n })
    expect(await other.t.run(refund(other.payment.id, { amount_cents: 5_400n }))).toMatchObject({ refunds: [{ amount_cents: 5_400n }] })
  })

  it("by two at once returns it once", async () => {
    const { payment, provider, t } = await paid(host)
    const both = await t.run(
      Effect.all(
        [1, 2].map(() => Effect.either(refund(payment.id))),
        { concurrency: "unbounded" }
      )
    )
    expect(both.map((one) => (one._tag === "Right" ? "made" : one.left._tag)).toSorted()).toEqual(["RefundExceedsPaid", "made"])
    const runs = await t.run(Effect.all([refundDue, refundDue, refundDue], { concurrency: "unbounded" }))
    expect(runs.reduce((sum, run) => sum + run.refunds, 0)).toBe(1)
    expect(provider.refunds.size).toBe(1)
    expect(await t.violations()).toEqual([])
  })

  it("by hand is booked at once, as returned by the host", async () => {
    const { invoice_id, payment, provider, t } = await paid(host, {}, "hand")
    const made = await t.run(refund(payment.id, { amount_cents: 800n }))
    expect(made).toMatchObject({ payment: { status: "succeeded", refunded_amount_cents: 800n }, refunds: [{ status: "succeeded" }] })
    expect((await t.notes())[0]!.note).toMatchObject({ refund_status: "succeeded", refund_amount_cents: 800n })
    expect(await t.run(refundDue)).toMatchObject({ refunds: 0 })
    expect(await t.run(refund(payment.id))).toMatchObject({ payment: { status: "refunded" }, refunds: [{ amount_cents: 10_000n }] })
    expect((await t.run(payments((service) => service.refunds(payment.id)))).map((one) => one.amount_cents)).toEqual([800n, 10_000n])
    expect((await t.run(invoice(invoice_id))).fees.map((fee) => fee.payment_status)).toEqual(["refunded"])
    expect(provider.refunds.size).toBe(0)
    expect(await t.violations()).toEqual([])
  })

  it("takes what is unapplied first, which needs no document", async () => {
    const { provider, t } = await paid(host, { charge: () => "processing" })
    const [{ invoice: document }] = (await t.invoices()) as [Awaited<ReturnType<Tenant["invoices"]>>[number]]
    await t.run(record(document.id, 10_000n))
    provider.settle([...provider.charges.keys()][0]!, "succeeded")
    t.at(minutes(FEBRUARY, 61))
    await t.run(collectDue)
    const charged = (await paymentsOf(t, document.id)).find((payment) => payment.provider === "stripe")!
    expect(charged).toMatchObject({ amount_cents: 10_800n, unapplied_amount_cents: 10_000n })
    expect((await t.run(refund(charged.id, { amount_cents: 9_000n }))).refunds).toMatchObject([
      { credit_note_id: null, amount_cents: 9_000n }
    ])
    expect(await t.notes()).toEqual([])
    const { refunds } = await t.run(refund(charged.id))
    expect(refunds.map(({ amount_cents }) => amount_cents)).toEqual([1_000n, 800n])
    expect((await t.notes()).map(({ note }) => note.refund_amount_cents)).toEqual([800n])
    expect(await t.run(refundDue)).toMatchObject({ refunds: 3, succeeded: 3 })
    expect((await paymentsOf(t, document.id)).find(({ id }) => id === charged.id)).toMatchObject({ status: "refunded" })
    expect(await t.violations()).toEqual([])
  })
})

describeBilling("the doctor on collections and refunds", (host) => {
  /** Changes a row by hand, looks, and puts it back. */
  const tampered = async (t: Tenant, table: string, id: string, column: string, value: string | number) => {
    const sql = await t.run(SqlClient.SqlClient)
    const change = (to: unknown) => t.run(Effect.asVoid(sql`UPDATE ${sql(table)} SET ${sql(column)} = ${to as string} WHERE id = ${id}`))
    const [before] = await t.run(sql<Record<string, unknown>>`SELECT ${sql(column)} AS value FROM ${sql(table)} WHERE id = ${id}`)
    await change(value)
    const found = await t.violations()
    await change(before!.value)
    return found.map(({ code, table: at }) => `${code} ${at}`)
  }

  it("names what was changed behind the library's back", async () => {
    const { payment, t } = await paid(host)
    const { refunds } = await t.run(refund(payment.id, { amount_cents: 5_400n }))
    await t.run(refundDue)
    const [{ note }] = (await t.notes()) as [Awaited<ReturnType<Tenant["notes"]>>[number]]
    expect(await t.violations()).toEqual([])
    expect(await tampered(t, "payments", payment.id, "refunded_amount_cents", 5_401)).toEqual(["M5 payments"])
    expect(await tampered(t, "payment_refunds", refunds[0]!.id, "amount_cents", 10_801)).toContain("M5 payments")
    expect(await tampered(t, "credit_notes", note.id, "refund_status", "pending")).toEqual(["M5 credit_notes"])
    expect(await tampered(t, "payment_charges", payment.payment_charge_id!, "amount_cents", 1)).toEqual(["M7 payment_charges"])

    await t.subscribe("s2", "p")
    await t.bill("2025-03-01T00:00:00Z")
    const [invoice_id] = (await t.invoices()).map(({ invoice: one }) => one).flatMap((one) => (one.status === "finalized" ? [one.id] : []))
    const asked = Effect.flatMap(PaymentRequests, (requests) => requests.create({ external_customer_id: "c", invoice_ids: [invoice_id!] }))
    const { request } = await t.run(asked)
    expect(await t.violations()).toEqual([])
    expect(await tampered(t, "payment_requests", request.id, "payment_status", "failed")).toEqual(["M7 payment_requests"])
    await t.run(collectDue)
    expect(await t.violations()).toEqual([])
  })
})

describeBilling("a credit note of type refund", (host) => {
  const wholeOf = async (t: Tenant, invoice_id: string, amount_cents: bigint): Promise<CreateCreditNoteInput> => {
    const [fee] = (await t.run(invoice(invoice_id))).fees
    return { invoice_id, credit_note_type: "refund", items: [{ fee_id: fee!.id, amount_cents }] }
  }

  it("is returned over the payments, newest first; those by hand wait for the host", async () => {
    const { invoice_id, t } = await paid(host, { charge: () => "processing" })
    const [charged] = await paymentsOf(t, invoice_id)
    await t.run(payments((service) => service.markPaid(charged!.id)))
    const note = (await t.run(issue(await wholeOf(t, invoice_id, 9_000n)))).note
    expect(note.refund_status).toBe("pending")
    const rows = await t.run(payments((service) => service.refunds(charged!.id)))
    expect(rows).toMatchObject([{ credit_note_id: note.id, amount_cents: 10_800n, status: "pending" }])
    expect(await t.run(refundDue)).toMatchObject({ succeeded: 1 })
    expect((await t.run(notes((service) => service.get(note.id)))).note.refund_status).toBe("succeeded")

    const other = await paid(host, {}, "hand")
    await other.t.run(issue(await wholeOf(other.t, other.invoice_id, 4_500n)))
    expect(await other.t.run(refundDue)).toMatchObject({ refunds: 0 })
    const [waiting] = await other.t.notes()
    expect(waiting!.note.refund_status).toBe("pending")
    expect(await other.t.fail(notes((service) => service.refund(waiting!.note.id)))).toMatchObject({
      _tag: "InvalidTransition",
      from: "pending"
    })
    expect((await other.t.run(notes((service) => service.markRefunded(waiting!.note.id)))).note.refund_status).toBe("succeeded")
    expect((await paymentsOf(other.t, other.invoice_id))[0]).toMatchObject({ refunded_amount_cents: 5_400n })
    expect(await other.t.fail(notes((service) => service.markRefunded(waiting!.note.id)))).toMatchObject({ from: "succeeded" })
    expect(await other.t.violations()).toEqual([])
  })

  it("that the provider refuses has failed, and is asked for again, or returned by the host", async () => {
    let refuses = true
    const { invoice_id, payment, provider, t } = await paid(host, { refund: () => (refuses ? "failed" : "succeeded") })
    const { note } = await t.run(issue(await wholeOf(t, invoice_id, 4_500n)))
    expect(await t.fail(notes((service) => service.markRefunded(note.id)))).toMatchObject({ _tag: "InvalidTransition", from: "pending" })
    expect(await t.run(refundDue)).toMatchObject({ failed: 1 })
    expect((await t.notes())[0]!.note.refund_status).toBe("failed")
    expect((await paymentsOf(t, invoice_id))[0]).toMatchObject({ refunded_amount_cents: 0n })
    expect((await t.run(payments((service) => service.refunds(payment.id))))[0]).toMatchObject({ failure_reason: "refused" })

    expect((await t.run(notes((service) => service.refund(note.id)))).note.refund_status).toBe("pending")
    expect(await t.run(refundDue)).toMatchObject({ failed: 1 })
    refuses = false
    await t.run(notes((service) => service.refund(note.id)))
    expect(await t.run(refundDue)).toMatchObject({ succeeded: 1 })
    expect(provider.refunds.size).toBe(3)
    expect((await paymentsOf(t, invoice_id))[0]).toMatchObject({ refunded_amount_cents: 5_400n })

    refuses = true
    const second = (await t.run(issue(await wholeOf(t, invoice_id, 4_500n)))).note
    await t.run(refundDue)
    expect((await t.run(notes((service) => service.markRefunded(second.id)))).note.refund_status).toBe("succeeded")
    expect((await paymentsOf(t, invoice_id))[0]).toMatchObject({ status: "refunded", refunded_amount_cents: 10_800n })
    expect(await t.violations()).toEqual([])
  })

  it("whose provider needs time stays pending and is asked about; one that is not set up refuses", async () => {
    const { invoice_id, payment, provider, t } = await paid(host, { refund: () => "pending" })
    await t.run(refund(payment.id))
    expect(await t.run(refundDue)).toMatchObject({ pending: 1 })
    t.at(minutes(FEBRUARY, 30))
    expect(await t.run(refundDue)).toMatchObject({ refunds: 0 })
    provider.settleRefund([...provider.refunds.keys()][0]!, "succeeded")
    t.at(minutes(FEBRUARY, 61))
    expect(await t.run(refundDue)).toMatchObject({ succeeded: 1 })
    expect((await paymentsOf(t, invoice_id))[0]).toMatchObject({ status: "refunded" })
    expect(provider.refunds.size).toBe(1)
  })

  it("whose answer was lost is asked about, not made again; whose call was lost is made with the same key", async () => {
    for (const cut of ["before", "after"] as const) {
      const { payment, provider, t } = await paid(host, { fault: (call) => (call === 2 ? cut : undefined) })
      await t.run(refund(payment.id, { amount_cents: 1_000n }))
      expect(await t.run(refundDue)).toMatchObject({ refunds: 1, unknown: 1 })
      expect(await t.run(refundDue)).toMatchObject({ refunds: 0 })
      t.at(minutes(FEBRUARY, 16))
      expect(await t.run(refundDue)).toMatchObject({ refunds: 1, succeeded: 1 })
      expect(provider.refunds.size).toBe(1)
      expect(provider.calls()).toBe(cut === "before" ? 4 : 3)
      expect(await t.violations()).toEqual([])
    }
  })

  it("is one refund and one record wherever the job is stopped", async () => {
    const { payment, provider, t } = await paid(host)
    let [stopped, n] = [true, 0]
    for (; stopped; n++) {
      await t.run(refund(payment.id, { amount_cents: 10n }))
      stopped = await t.run(abortAtStatement(refundDue, n + 1))
      expect(provider.refunds.size).toBeLessThanOrEqual(n + 1)
      t.at(minutes(FEBRUARY, 16 * (n + 1)))
      await t.run(refundDue)
      expect(provider.refunds.size).toBe(n + 1)
      expect(await t.run(payments((service) => service.get(payment.id)))).toMatchObject({ refunded_amount_cents: BigInt(10 * (n + 1)) })
    }
    expect(n).toBeGreaterThan(10)
    expect((await t.notes()).map(({ note }) => note.refund_status)).toEqual(Array(n).fill("succeeded"))
    expect(await t.violations()).toEqual([])
  }, 120_000)

  it("is meant wholly or not at all wherever the call is stopped", async () => {
    const { payment, t } = await paid(host)
    let [stopped, n] = [true, 1]
    for (; stopped; n++) {
      stopped = await t.run(abortAtStatement(refund(payment.id, { amount_cents: 10n }), n))
      const [documents, rows] = [await t.notes(), await t.run(payments((service) => service.refunds(payment.id)))]
      expect([documents.length, rows.length]).toEqual(stopped ? [0, 0] : [1, 1])
    }
    expect(n).toBeGreaterThan(10)
    expect(await t.violations()).toEqual([])
  }, 120_000)

  it("takes as many statements for twelve refunds as for two", async () => {
    const { payment, t } = await paid(host)
    const counted = async (refunds: number) => {
      for (let index = 0; index < refunds; index++) await t.run(refund(payment.id, { amount_cents: 10n }))
      const [run, statements] = await t.run(countStatements(refundDue))
      expect(run).toMatchObject({ refunds, succeeded: refunds })
      return statements
    }
    expect(await counted(12)).toBe(await counted(2))
  }, 60_000)
})
