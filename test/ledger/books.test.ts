import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { beforeAll, describe, expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { WalletHolds, Wallets } from "../../src/credits/index.js"
import { CreditNotes, Invoices } from "../../src/invoicing/index.js"
import { Ledger, type LedgerAccount } from "../../src/ledger/index.js"
import { type BookedPage, DoctorStore } from "../../src/operations/index.js"
import { Payments } from "../../src/payments/index.js"
import { describeBilling, type Tenant } from "../support/billing.js"

/** A customer's life with money in every way: coupon, tax, wallet, notes, payments, a void, purchases, a refund, a hold, a transfer. */
const live = Effect.fn(function* (tenant: Tenant) {
  const wallets = yield* Wallets
  const invoices = yield* Invoices
  const notes = yield* CreditNotes
  const payments = yield* Payments
  const holds = yield* WalletHolds
  const main = yield* wallets.create({ external_customer_id: "c", code: "main", rate_amount: "1", granted_credits: "4000" })
  yield* Effect.promise(() => tenant.bill("2025-02-01T00:00:00Z"))
  const [first] = (yield* invoices.list({})).items
  yield* payments.record({ invoice_id: first!.id, amount_cents: "5000", paid_at: "2025-01-31T12:00:00Z" })
  const { fees } = yield* invoices.get(first!.id)
  yield* notes.issue({
    invoice_id: first!.id,
    credit_note_type: "credit",
    reason: "other",
    items: [{ fee_id: fees[0]!.id, amount_cents: "1000" }]
  })
  const refund = yield* notes.issue({
    invoice_id: first!.id,
    credit_note_type: "refund",
    reason: "other",
    items: [{ fee_id: fees[0]!.id, amount_cents: "500" }]
  })
  yield* notes.markRefunded(refund.note.id)
  const unused = yield* notes.issue({
    invoice_id: first!.id,
    credit_note_type: "credit",
    reason: "other",
    items: [{ fee_id: fees[0]!.id, amount_cents: "200" }]
  })
  yield* notes.void(unused.note.id)
  yield* notes.issue({
    invoice_id: first!.id,
    credit_note_type: "offset",
    reason: "other",
    items: [{ fee_id: fees[0]!.id, amount_cents: "100" }]
  })
  yield* wallets.topUp({ id: main.id }, { credits: "500" })
  yield* Effect.promise(() => tenant.bill("2025-03-01T00:00:00Z"))
  const [second] = (yield* invoices.list({ status: "finalized" })).items.filter(({ id }) => id !== first!.id)
  yield* invoices.void(second!.id)
  const bought = yield* wallets.topUp({ id: main.id }, { credits: "3000", kind: "purchased" })
  yield* payments.record({ invoice_id: bought.invoice_id! })
  const sold = yield* invoices.get(bought.invoice_id!)
  yield* notes.issue({
    invoice_id: sold.invoice.id,
    credit_note_type: "refund",
    reason: "other",
    items: [{ fee_id: sold.fees[0]!.id, amount_cents: "1000" }]
  })
  const hold = yield* holds.reserve({ wallet_id: main.id, amount_cents: "700", expires_in_seconds: 60 })
  yield* holds.settle(hold.id, { amount_cents: "600" })
  const other = yield* wallets.create({ external_customer_id: "c", code: "other", rate_amount: "1" })
  yield* wallets.transfer({ from: main.id, to: other.id, credits: "400" })
  yield* wallets.voidCredits({ id: main.id }, { credits: "100" })
  yield* wallets.topUp({ id: other.id }, { credits: "50", kind: "purchased" })
  yield* wallets.terminate({ id: other.id })
})

describeBilling("the books", (host) => {
  let tenant: Tenant
  const ledger = <A, E, R>(use: (service: typeof Ledger.Service) => Effect.Effect<A, E, R>) => Effect.flatMap(Ledger, use)
  const sql = (text: string) =>
    Effect.flatMap(SqlClient.SqlClient, (client) => client.unsafe(text)) as Effect.Effect<
      ReadonlyArray<Record<string, string>>,
      unknown,
      SqlClient.SqlClient
    >
  const sum = async (text: string) =>
    BigInt((await tenant.run(sql(`SELECT CAST(COALESCE(SUM(x), 0) AS TEXT) AS x FROM (${text}) s`)))[0]!.x!.replace(/\..*/, ""))
  const balance = async (account: LedgerAccount) =>
    (await tenant.run(ledger((books) => books.balance({ account })))).reduce((total, row) => total + row.balance_cents, 0n)

  beforeAll(async () => {
    tenant = await host.tenant()
    await tenant.tax("vat", "0.2")
    await tenant.plan({ code: "p", amount_cents: 10_000n })
    await tenant.coupon("k")
    await tenant.applyCoupon("k")
    await tenant.subscribe("s", "p", { started_at: "2025-01-01T00:00:00Z" })
    await tenant.run(live(tenant))
  })

  it("balance in a trial balance, account by account", async () => {
    const trial = await tenant.run(ledger((books) => books.trialBalance({ currency: "EUR" })))
    expect(trial.debit_cents).toBe(trial.credit_cents)
    expect(Object.fromEntries(trial.accounts.map(({ account, balance_cents }) => [account, balance_cents]))).toEqual({
      // 10,800 less 4,000 of the wallet, 5,000 paid and 108 offset.
      accounts_receivable: 1_692n,
      // The second refund is not returned yet.
      cash: 8_000n - 540n,
      // 10,000 of January and the hold's 600; February was voided.
      revenue: 10_600n,
      discounts: 1_000n,
      sales_returns: 900n + 450n + 90n,
      promotional_credits: 4_500n,
      // Voided credits, and the rest of the wallet that ended.
      breakage: 100n + 400n,
      tax_payable: 1_800n - 180n - 90n - 18n,
      wallet_liability: 1_400n,
      wallet_purchases: 0n,
      wallet_transfers: 0n,
      customer_credits: 1_080n,
      refunds_payable: 1_000n,
      unapplied_payments: 0n
    })
  })

  it("say what documents say: receivables are what is due, liabilities the balances of wallets and credit notes", async () => {
    const due = `SELECT i.total_cents - COALESCE((SELECT SUM(s.amount_cents) FROM invoice_settlements s WHERE s.organization_id = i.organization_id
      AND s.invoice_id = i.id AND s.returned_at IS NULL), 0) AS x FROM invoices i WHERE i.organization_id = '${tenant.organization}' AND i.status IN ('finalized', 'paid')`
    expect(await balance("accounts_receivable")).toBe(await sum(due))
    expect(await balance("wallet_liability")).toBe(
      await sum(`SELECT balance_cents AS x FROM wallets WHERE organization_id = '${tenant.organization}'`)
    )
    expect(await balance("customer_credits")).toBe(
      await sum(`SELECT balance_amount_cents AS x FROM credit_notes WHERE organization_id = '${tenant.organization}'`)
    )
  })

  it("are those of an earlier time, if asked; a payment counts from the day that it carries", async () => {
    const trial = await tenant.run(ledger((books) => books.trialBalance({ currency: "EUR", at: "2025-02-01T00:00:00Z" })))
    expect(trial.accounts.map(({ account, balance_cents }) => [account, balance_cents])).toEqual([
      ["cash", 5_000n],
      ["promotional_credits", 4_000n],
      ["wallet_liability", 4_000n],
      ["unapplied_payments", 5_000n]
    ])
  })

  it("are read entry by entry, in pages that make up the whole, narrowed as one likes", async () => {
    const all = (await tenant.run(ledger((books) => books.entries({ limit: 1000, total: true })))) as {
      items: ReadonlyArray<object>
      total: number
    }
    const paged: Array<object> = []
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const page: { items: ReadonlyArray<object>; next: string | null } = await tenant.run(
        ledger((books) => books.entries({ limit: 9, after }))
      )
      paged.push(...page.items)
      after = page.next
    }
    expect(paged).toEqual(all.items)
    expect(all.total).toBe(all.items.length)
    const { items } = await tenant.run(ledger((books) => books.entries({ account: "breakage", order_by: "source:desc" })))
    expect(items).toMatchObject([
      { kind: "voided", amount_cents: -400n, source_type: "wallet_transaction" },
      { kind: "voided", amount_cents: -100n }
    ])
    const customer_id = items[0]!.customer_id
    expect(await tenant.run(ledger((books) => books.balance({ account: "cash", customer_id })))).toEqual([
      { account: "cash", currency: "EUR", balance_cents: 7_460n }
    ])
    expect(await tenant.run(ledger((books) => books.balance({ account: "cash", customer_id: tenant.organization })))).toEqual([])
    expect(await tenant.run(ledger((books) => books.entries({ source_id: "no id" })))).toEqual({ items: [], next: null, total: null })
    expect(await tenant.fail(ledger((books) => books.entries({ order_by: "created_at:asc" })))).toMatchObject({ _tag: "InvalidInput" })
    expect(await tenant.fail(ledger((books) => books.trialBalance({ currency: "XXX" })))).toMatchObject({ _tag: "UnknownCurrency" })
  })

  it("are read by the doctor page by page: each document once, with all of its entries", async () => {
    const pages = (limit: number) =>
      tenant.run(
        Effect.gen(function* () {
          const store = yield* DoctorStore
          const read: Array<BookedPage> = []
          for (let after: string | null = null, full = true; full; ) {
            const page: BookedPage = yield* store.booked(after, limit)
            read.push(page)
            full = page.sources.length === limit
            after = page.sources.at(-1)?.id ?? null
          }
          return read
        }).pipe(Effect.provide(storesLayer))
      )
    const [whole] = await pages(1000)
    const few = await pages(4)
    expect(few.flatMap(({ sources }) => sources)).toEqual(whole!.sources)
    expect(few.flatMap(({ entries }) => entries)).toHaveLength(whole!.entries.length)
    for (const { entries, sources } of few) {
      const ids = new Set(sources.map(({ id }) => id))
      expect(entries.every(({ source_id }) => ids.has(source_id))).toBe(true)
    }
  })

  it("are what the doctor makes of the documents again", async () => {
    expect(await tenant.violations()).toEqual([])
  })

  describe("by hand", () => {
    const entry = (account: string, kind = "issued") =>
      `organization_id = '${tenant.organization}' AND source_type = 'invoice' AND kind = '${kind}' AND account = '${account}'`
    const oldest = () => `source_id = (SELECT id FROM invoices WHERE organization_id = '${tenant.organization}' ORDER BY id LIMIT 1)`
    const found = async () =>
      (await tenant.violations()).filter(({ code }) => code === "M1").map(({ id, reason, table }) => ({ id, reason, table }))

    it("are neither changed nor deleted", async () => {
      await tenant.fail(sql(`UPDATE ledger_entries SET amount_cents = 1 WHERE ${entry("revenue")}`))
      await tenant.fail(sql(`DELETE FROM ledger_entries WHERE ${entry("revenue")}`))
      expect(await tenant.violations()).toEqual([])
    })

    it("show what was changed all the same, and on which document", async () => {
      const [first] = await tenant.run(sql(`SELECT * FROM ledger_entries WHERE ${entry("revenue")} AND ${oldest()}`))
      const onSqlite = (await tenant.run(Effect.either(sql("SELECT sqlite_version()"))))._tag === "Right"
      for (const trigger of ["ledger_entries_frozen", "ledger_entries_kept"]) {
        await host.asOwner(sql(`DROP TRIGGER ${trigger}${onSqlite ? "" : " ON ledger_entries"}`))
      }
      const id = first!.source_id!
      await tenant.run(sql(`UPDATE ledger_entries SET amount_cents = amount_cents + 7 WHERE ${entry("revenue")} AND ${oldest()}`))
      expect(await found()).toEqual([
        { table: "invoices", id, reason: "issued: revenue is booked with -9993, not -10000" },
        { table: "ledger_entries", id, reason: "issued in EUR: debits less credits are 7" },
        { table: "ledger_entries", id: "EUR", reason: "debits less credits in EUR are 7" }
      ])
      await tenant.run(sql(`UPDATE ledger_entries SET amount_cents = amount_cents - 7 WHERE ${entry("revenue")} AND ${oldest()}`))
      await tenant.run(
        sql(
          `UPDATE ledger_entries SET occurred_at = '2025-01-01T00:00:00.000Z', account = 'breakage' WHERE ${entry("revenue")} AND ${oldest()}`
        )
      )
      expect((await found()).map(({ reason }) => reason)).toEqual([
        "issued: revenue is booked with nothing, not -10000",
        "issued: breakage is booked with -10000, not 0",
        "issued: breakage is booked at another time"
      ])
      await tenant.run(
        sql(`DELETE FROM ledger_entries WHERE organization_id = '${tenant.organization}' AND source_type = 'invoice' AND ${oldest()}`)
      )
      expect(await found()).toEqual([{ table: "invoices", id, reason: "not booked as issued" }])
    })

    it("show what was added, and on Postgres take nothing that is out of balance", async () => {
      const add = (account: string, amount: number, id: string) =>
        sql(`INSERT INTO ledger_entries SELECT organization_id, source_type, '${id}', 'issued', '${account}', customer_id, currency, ${amount}, occurred_at, created_at
          FROM ledger_entries WHERE organization_id = '${tenant.organization}' LIMIT 1`)
      const id = "01900000-0000-7000-8000-00000000000f"
      const added = await tenant.run(Effect.either(add("cash", 5, id)))
      const onSqlite = added._tag === "Right"
      expect(await found()).toContainEqual(
        onSqlite
          ? { table: "ledger_entries", id: "EUR", reason: "debits less credits in EUR are 5" }
          : expect.objectContaining({ reason: "not booked as issued" })
      )
      expect((await found()).some((one) => one.id === id)).toBe(onSqlite)
    })
  })
})
