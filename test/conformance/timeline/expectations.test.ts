import { Effect } from "effect"
import { expect, it } from "vitest"
import { compareState } from "./expectations.js"

const tax = (code: string, amount_cents: bigint) => ({ code, amount_cents })
const state = {
  invoices: Effect.succeed([
    { status: "paid", total_cents: 1000n, fees: [{ fee_type: "charge", units: "2" }], taxes: [tax("vat", 20n), tax("city", 7n)] },
    { status: "draft", total_cents: 7n, fees: [], taxes: [] }
  ]),
  credit_notes: Effect.succeed([
    {
      items: [
        { fee: 0, amount_cents: 1n },
        { fee: 2, amount_cents: 3n }
      ]
    }
  ]),
  subscriptions: Effect.succeed({ s: { status: "active", paused_at: null } }),
  crossed_thresholds: Effect.succeed({ s: ["low", "high"] })
}
const difference = (expected: Readonly<Record<string, unknown>>) => Effect.runPromise(compareState(expected, state))

it("looks at what is named only", async () => {
  expect(await difference({})).toBeUndefined()
  expect(
    await difference({
      invoice_count: 2,
      invoices: [
        { pick: 1, total_cents: "7", fees: [] },
        { pick: 0, fees: [{}] }
      ],
      subscriptions: { s: { paused_at: null } },
      crossed_thresholds: { s: ["low", "high"] }
    })
  ).toBeUndefined()
})

it.each([
  ["a count", { invoice_count: 3 }, { where: "invoice_count", expected: "3", got: "2" }],
  [
    "a figure of a picked entry",
    { invoices: [{ pick: 1, total_cents: "8" }] },
    { where: "invoices[1].total_cents", expected: "8", got: "7" }
  ],
  ["an entry that was not made", { invoices: [{ pick: 2 }] }, { where: "invoices[2]", expected: "{}", got: "nothing" }],
  ["a list that is longer", { invoices: [{ pick: 0, fees: [] }] }, { where: "invoices[0].fees", expected: "0 entries" }],
  [
    "a field that is not read",
    { invoices: [{ pick: 0, paid_amount_cents: "0" }] },
    { where: "invoices[0].paid_amount_cents", got: "nothing" }
  ],
  ["a name that is not there", { subscriptions: { t: { status: "active" } } }, { where: "subscriptions.t", got: "nothing" }],
  ["an order", { crossed_thresholds: { s: ["high", "low"] } }, { where: "crossed_thresholds.s[0]", expected: "high", got: "low" }],
  ["a part that cannot be read yet", { wallets: {} }, { where: "wallets", got: "not there yet: wallets" }],
  ["a key that nobody knows", { weather: "fair" }, { where: "weather", got: "not there yet: weather" }]
])("tells of %s", async (_, expected, found) => {
  expect(await difference(expected)).toMatchObject(found)
})

it("takes taxes and items in any order, but all of them", async () => {
  const taxes = [{ code: "city", amount_cents: "7" }, { code: "vat" }]
  expect(await difference({ invoices: [{ pick: 0, taxes }] })).toBeUndefined()
  expect(await difference({ invoices: [{ pick: 0, taxes: taxes.slice(0, 1) }] })).toMatchObject({ expected: "1 entries" })
  expect(await difference({ invoices: [{ pick: 0, taxes: [...taxes, { code: "vat" }] }] })).toMatchObject({ expected: "3 entries" })
  expect(await difference({ credit_notes: [{ pick: 0, items: [{ fee: 2, amount_cents: "3" }, { fee: 0 }] }] })).toBeUndefined()
  expect(await difference({ credit_notes: [{ pick: 0, items: [{ fee: 1 }, { fee: 0 }] }] })).toMatchObject({
    where: "credit_notes[0].items[0].fee",
    expected: "1"
  })
})
