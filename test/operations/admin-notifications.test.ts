/** Notices to administrators: one for each occasion, whatever the job's number of runs; read one by one or all. */
import { Effect } from "effect"
import { expect, test } from "vitest"
import { Wallets } from "../../src/credits/index.js"
import { OverdueInvoices } from "../../src/invoicing/index.js"
import { AdminNotifications, type AdminNotificationsShape } from "../../src/operations/index.js"
import { wordsOf } from "../../src/operations/notices/notice.js"
import { describeBilling } from "../support/billing.js"
import { countStatements } from "../support/count-statements.js"

describeBilling("admin notifications", (host) => {
  test("an overdue invoice, a wallet about to expire and a subscription nobody billed are told once, and read once", async () => {
    const tenant = await host.tenant()
    const other = await host.tenant()
    const call = <A, E, R>(use: (service: AdminNotificationsShape) => Effect.Effect<A, E, R>) => Effect.flatMap(AdminNotifications, use)
    tenant.at("2025-01-01T00:00:00Z")
    await tenant.plan({ code: "basic", amount_cents: 1000n })
    await tenant.subscribe("s", "basic")
    await tenant.bill("2025-02-01T00:00:00Z")
    expect(await tenant.run(call((all) => all.raiseDue()))).toBe(0)
    await tenant.run(
      Effect.flatMap(Wallets, (wallets) =>
        wallets.create({
          external_customer_id: "c",
          name: "Prepaid",
          code: "prepaid",
          rate_amount: "1",
          granted_credits: "10",
          expiration_at: "2025-03-12T00:00:00Z"
        })
      )
    )
    const raise = async (at: string) => {
      tenant.at(at)
      await tenant.run(Effect.flatMap(OverdueInvoices, (overdue) => overdue.tellOverdue()))
      const raised = await tenant.run(call((all) => all.raiseDue()))
      expect(await tenant.run(call((all) => all.raiseDue()))).toBe(0)
      return raised
    }
    // The invoice was due on 3 March, the subscription's work on the first: since more than a day.
    expect(await raise("2025-03-04T00:00:00Z")).toBe(2)
    expect(await raise("2025-03-05T00:00:00Z")).toBe(1)
    const { items } = await tenant.run(call((all) => all.list({ total: true })))
    expect(items.map(({ category, is_read, message }) => ({ category, is_read, message }))).toEqual([
      { category: "wallet", is_read: false, message: "prepaid: 2025-03-12T00:00:00.000Z" },
      ...[
        { category: "invoice", is_read: false, message: "INV-0001: 2025-03-03T00:00:00.000Z" },
        { category: "subscription", is_read: false, message: "s: 2025-03-01T00:00:00.000Z" }
      ].toSorted((a, b) => (items[1]!.category === a.category ? -1 : items[1]!.category === b.category ? 1 : 0))
    ])
    const [, statements] = await tenant.run(countStatements(call((all) => all.unreadCount())))
    expect(statements).toBe(1)

    expect(await tenant.run(call((all) => all.unreadCount()))).toBe(3)
    expect(await tenant.run(call((all) => all.read(items[0]!.id)))).toMatchObject({ id: items[0]!.id, is_read: true })
    expect(await tenant.run(call((all) => all.read(items[0]!.id)))).toMatchObject({ is_read: true })
    expect((await tenant.run(call((all) => all.list({ is_read: true })))).items).toHaveLength(1)
    expect((await tenant.run(call((all) => all.list({ category: "invoice", is_read: false })))).items).toHaveLength(1)
    expect(await other.run(call((all) => all.unreadCount()))).toBe(0)
    expect(await other.fail(call((all) => all.read(items[0]!.id)))).toMatchObject({ _tag: "AdminNotificationNotFound" })
    expect(await other.fail(call((all) => all.read("x")))).toMatchObject({ _tag: "AdminNotificationNotFound", id: "x" })
    expect(await other.run(call((all) => all.readAll()))).toBe(0)
    expect(await tenant.run(call((all) => all.readAll()))).toBe(2)
    expect(await tenant.run(call((all) => all.unreadCount()))).toBe(0)
    // What was read is not told again.
    expect(await raise("2025-03-06T00:00:00Z")).toBe(0)
  })
})

test("the words of an occasion fit their columns", () => {
  const occasion = {
    category: "payment",
    resource_type: "payment",
    resource_id: "p",
    occasion: "unapplied",
    name: "INV-1",
    detail: "x".repeat(2000)
  } as const
  expect(wordsOf(occasion).title).toBe("Money came in that nothing was due for")
  expect([...wordsOf(occasion).message]).toHaveLength(1000)
  expect(wordsOf({ ...occasion, occasion: "failed", detail: null })).toEqual({ title: "A payment failed", message: "INV-1" })
})
