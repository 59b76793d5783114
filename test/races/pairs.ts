/**
 * The pairs of operations that are raced on one aggregate (wallets, coupons, credit notes, numbers), and what each may come to. A trial makes
 * its own aggregate, says what each of the processes calls, and judges how it ended; the doctor judges the organization besides.
 */
import type { OrganizationBilling } from "../../src/client/index.js"
import type { Call, Outcome } from "./heat.js"

interface Trial {
  /** A call for each process. */
  readonly calls: ReadonlyArray<Call>
  /** What is wrong with how it ended. */
  readonly judge: (outcomes: ReadonlyArray<Outcome>) => Promise<ReadonlyArray<string>>
}

export interface Pair {
  readonly name: string
  /** What the losers may fail with; anything else is wrong. */
  readonly losers: ReadonlyArray<string>
  /** A trial on what belongs to the customer alone. */
  readonly trial: (acme: OrganizationBilling, customer: string) => Promise<Trial>
}

const PROCESSES = 8

const call = (service: keyof OrganizationBilling, method: string, ...args: ReadonlyArray<unknown>): Call => ({ service, method, args })

const all = (made: (process: number) => Call): ReadonlyArray<Call> => Array.from({ length: PROCESSES }, (_, process) => made(process))

/** Every second process the one, the others the other. */
const half = (one: Call, other: Call): ReadonlyArray<Call> => all((process) => (process % 2 === 0 ? one : other))

const won = (outcomes: ReadonlyArray<Outcome>, calls?: ReadonlyArray<Call>, method?: string): ReadonlyArray<Outcome> =>
  outcomes.filter(({ failed }, place) => failed === undefined && (method === undefined || calls![place]!.method === method))

const expected = (what: string, found: unknown, wanted: unknown): ReadonlyArray<string> =>
  String(found) === String(wanted) ? [] : [`${what}: ${found} instead of ${wanted}`]

const walletOf = (acme: OrganizationBilling, customer: string, code = "w", granted_credits = "30") =>
  acme.wallets.create({ external_customer_id: customer, code: `${customer} ${code}`, granted_credits, rate_amount: "1" })

/** A one-off invoice of 100 minor units. */
const invoiceOf = (acme: OrganizationBilling, external_customer_id: string, draft = false) =>
  acme.invoices.oneOff({ external_customer_id, lines: [{ description: "Work", unit_amount_cents: "100" }], draft })

const noteOf = (invoice: Awaited<ReturnType<typeof invoiceOf>>, amount_cents: string) =>
  ({ invoice_id: invoice.invoice.id, credit_note_type: "credit", items: [{ fee_id: invoice.fees[0]!.id, amount_cents }] }) as const

/** Drafts of two subscriptions of a customer, 100 minor units each. Who prepares another trial may bill them just now. */
const draftsOf = async (acme: OrganizationBilling, external_customer_id: string) => {
  const terms = { external_customer_id, plan_code: "p", billing_time: "anniversary", pay_in_advance: true } as const
  for (const name of ["a", "b"]) await acme.subscriptions.create({ external_id: `${external_customer_id} ${name}`, ...terms })
  const { id } = await acme.customers.get({ external_id: external_customer_id })
  while (true) {
    await acme.billDue()
    const { items } = await acme.invoices.list({ customer_id: id, status: "draft" })
    if (items.length === 2) return items
  }
}

export const pairs: ReadonlyArray<Pair> = [
  {
    name: "wallet: reserve and reserve at the balance's edge",
    losers: ["AmountExceedsBalance"],
    trial: async (acme, customer) => {
      const { id } = await walletOf(acme, customer)
      return {
        calls: all(() => call("walletHolds", "reserve", { wallet_id: id, amount_cents: "10" })),
        judge: async (outcomes) => [
          ...expected("reserved", won(outcomes).length, 3),
          ...expected("held", (await acme.wallets.get({ id })).held_cents, 30)
        ]
      }
    }
  },
  {
    name: "wallet: settle and settle one hold",
    losers: ["InvalidTransition"],
    trial: async (acme, customer) => {
      const { id } = await walletOf(acme, customer)
      const hold = await acme.walletHolds.reserve({ wallet_id: id, amount_cents: "10" })
      return {
        calls: all((process) => call("walletHolds", "settle", hold.id, { amount_cents: String(process + 1) })),
        judge: async (outcomes) => {
          const [first] = won(outcomes) as ReadonlyArray<{ readonly done: { readonly settled_cents: string } }>
          return [
            ...expected("settled", won(outcomes).length, 1),
            ...expected("balance", (await acme.wallets.get({ id })).balance_cents, 30 - Number(first?.done.settled_cents))
          ]
        }
      }
    }
  },
  {
    name: "wallet: settle and release one hold",
    losers: ["InvalidTransition"],
    trial: async (acme, customer) => {
      const { id } = await walletOf(acme, customer)
      const hold = await acme.walletHolds.reserve({ wallet_id: id, amount_cents: "10" })
      const calls = half(call("walletHolds", "settle", hold.id, { amount_cents: "10" }), call("walletHolds", "release", hold.id))
      return {
        calls,
        judge: async (outcomes) => [
          ...expected("ended", won(outcomes).length, 1),
          ...expected("balance", (await acme.wallets.get({ id })).balance_cents, 30 - 10 * won(outcomes, calls, "settle").length)
        ]
      }
    }
  },
  {
    name: "wallet: reserve, settle and the end of the wallet",
    losers: ["InvalidTransition", "AmountExceedsBalance"],
    trial: async (acme, customer) => {
      const { id } = await walletOf(acme, customer)
      const hold = await acme.walletHolds.reserve({ wallet_id: id, amount_cents: "10" })
      const calls = all((process) =>
        process < 3
          ? call("walletHolds", "reserve", { wallet_id: id, amount_cents: "10" })
          : process < 5
            ? call("walletHolds", "settle", hold.id, { amount_cents: "5" })
            : call("wallets", "terminate", { id })
      )
      return {
        calls,
        judge: async (outcomes) => {
          const { balance_cents, held_cents, status } = await acme.wallets.get({ id })
          return [
            ...expected("terminated", won(outcomes, calls, "terminate").length, 1),
            ...expected("wallet", `${status} ${balance_cents} ${held_cents}`, "terminated 0 0"),
            ...(won(outcomes, calls, "settle").length > 1 ? ["settled twice"] : [])
          ]
        }
      }
    }
  },
  {
    name: "wallet: transfers crosswise",
    losers: ["AmountExceedsBalance"],
    trial: async (acme, customer) => {
      const [a, b] = [await walletOf(acme, customer, "a"), await walletOf(acme, customer, "b")]
      return {
        calls: half(
          call("wallets", "transfer", { from: a.id, to: b.id, credits: "20" }),
          call("wallets", "transfer", { from: b.id, to: a.id, credits: "20" })
        ),
        judge: async () => {
          const left = await Promise.all([a, b].map(async ({ id }) => Number((await acme.wallets.get({ id })).balance_cents)))
          return expected("sum of both", left[0]! + left[1]!, 60)
        }
      }
    }
  },
  {
    name: "wallet: void credits and reserve",
    losers: ["AmountExceedsBalance"],
    trial: async (acme, customer) => {
      const { id } = await walletOf(acme, customer)
      const calls = half(
        call("wallets", "voidCredits", { id }, { credits: "10" }),
        call("walletHolds", "reserve", { wallet_id: id, amount_cents: "10" })
      )
      return {
        calls,
        judge: async (outcomes) => {
          const { balance_cents, held_cents } = await acme.wallets.get({ id })
          return [
            ...expected("taken", won(outcomes).length, 3),
            ...expected("balance", balance_cents, 30 - 10 * won(outcomes, calls, "voidCredits").length),
            ...expected("held", held_cents, balance_cents)
          ]
        }
      }
    }
  },
  {
    name: "wallet: a top-up is paid and paid",
    losers: ["AmountExceedsDue", "NothingDue", "InvalidTransition"],
    trial: async (acme, customer) => {
      const { id } = await walletOf(acme, customer)
      const { invoice_id } = await acme.wallets.topUp({ id }, { credits: "10", kind: "purchased" })
      return {
        calls: all(() => call("payments", "record", { invoice_id, amount_cents: "10" })),
        judge: async (outcomes) => [
          ...expected("booked", won(outcomes).length, 1),
          ...expected("balance", (await acme.wallets.get({ id })).balance_cents, 40)
        ]
      }
    }
  },
  {
    name: "coupon: its one use by several customers",
    losers: ["CouponAlreadyUsed"],
    trial: async (acme, customer) => {
      await acme.customers.create({ external_id: `${customer} other`, name: "C" })
      const coupon = await acme.coupons.create({
        code: customer,
        name: "Once",
        coupon_type: "percentage",
        percentage_rate: "10",
        reusable: false
      })
      const apply = (external_customer_id: string) => call("coupons", "apply", { coupon_code: customer, external_customer_id })
      return {
        calls: half(apply(customer), apply(`${customer} other`)),
        judge: async (outcomes) => [
          ...expected("applied", won(outcomes).length, 1),
          ...expected("applications", (await acme.coupons.applied({ coupon_id: coupon.id })).items.length, 1)
        ]
      }
    }
  },
  {
    name: "coupon: apply and apply to one customer",
    losers: ["CouponAlreadyApplied"],
    trial: async (acme, customer) => {
      await acme.coupons.create({ code: customer, name: "C", coupon_type: "percentage", percentage_rate: "10" })
      return {
        calls: all(() => call("coupons", "apply", { coupon_code: customer, external_customer_id: customer })),
        judge: async (outcomes) => expected("applied", won(outcomes).length, 1)
      }
    }
  },
  {
    name: "numbers: finalize two documents that share a coupon, a credit and a wallet",
    losers: ["InvalidTransition"],
    trial: async (acme, customer) => {
      const drafts = await draftsOf(acme, customer)
      await acme.creditNotes.issue(noteOf(await invoiceOf(acme, customer), "50"))
      await walletOf(acme, customer)
      await acme.coupons.create({ code: customer, name: "C", coupon_type: "fixed_amount", amount_cents: "10", amount_currency: "EUR" })
      await acme.coupons.apply({ coupon_code: customer, external_customer_id: customer })
      return {
        calls: half(call("invoices", "finalize", drafts[0]!.id), call("invoices", "finalize", drafts[1]!.id)),
        judge: async (outcomes) => {
          const documents = await Promise.all(drafts.map(({ id }) => acme.invoices.get(id)))
          const settlements = (await Promise.all(drafts.map(({ id }) => acme.invoices.settlements(id)))).flat()
          const coupons = documents.reduce((total, { invoice }) => total + Number(invoice.coupons_amount_cents), 0)
          const given = (type: string) =>
            settlements.reduce((sum, one) => (one.settlement_type === type ? sum + Number(one.amount_cents) : sum), 0)
          return [
            ...expected("finalized", won(outcomes).length, 2),
            ...expected("coupon", coupons, 10),
            ...expected("credit", given("credit_note"), 50),
            ...expected("wallet", given("wallet_credit"), 30)
          ]
        }
      }
    }
  },
  {
    name: "credit notes: note and note on one fee",
    losers: ["AmountExceedsFee"],
    trial: async (acme, customer) => {
      const invoice = await invoiceOf(acme, customer)
      return {
        calls: all(() => call("creditNotes", "issue", noteOf(invoice, "30"))),
        judge: async (outcomes) => expected("issued", won(outcomes).length, 3)
      }
    }
  },
  {
    name: "credit notes: note and the void of its invoice",
    losers: ["AmountExceedsFee", "InvoiceHasCreditNotes", "InvalidTransition"],
    trial: async (acme, customer) => {
      const invoice = await invoiceOf(acme, customer)
      return {
        calls: half(call("creditNotes", "issue", noteOf(invoice, "100")), call("invoices", "void", invoice.invoice.id)),
        judge: async (outcomes) => expected("either", won(outcomes).length, 1)
      }
    }
  },
  {
    name: "credit notes: void and apply",
    losers: ["InvalidTransition", "AmountExceedsBalance"],
    trial: async (acme, customer) => {
      const [first, second] = [await invoiceOf(acme, customer), await invoiceOf(acme, customer)]
      const { note } = await acme.creditNotes.issue(noteOf(first, "50"))
      const apply = { invoice_id: second.invoice.id, amount_cents: "20" }
      const calls = half(call("creditNotes", "void", note.id), call("creditNotes", "apply", note.id, apply))
      return {
        calls,
        judge: async (outcomes) => {
          const [voided, applied] = [won(outcomes, calls, "void").length, won(outcomes, calls, "apply").length]
          return expected("voided, applied", `${voided}, ${applied}`, voided > 0 ? "1, 0" : "0, 2")
        }
      }
    }
  },
  {
    name: "credit notes: finalize and delete a draft",
    losers: ["InvalidTransition", "CreditNoteNotFound"],
    trial: async (acme, customer) => {
      const { note } = await acme.creditNotes.create(noteOf(await invoiceOf(acme, customer), "50"))
      return {
        calls: half(call("creditNotes", "finalize", note.id), call("creditNotes", "delete", note.id)),
        judge: async (outcomes) => expected("either", won(outcomes).length, 1)
      }
    }
  },
  {
    name: "numbers: finalize and finalize one draft",
    losers: ["InvalidTransition"],
    trial: async (acme, customer) => {
      const { invoice } = await invoiceOf(acme, customer, true)
      return {
        calls: all(() => call("invoices", "finalize", invoice.id)),
        judge: async (outcomes) => expected("finalized", won(outcomes).length, 1)
      }
    }
  },
  {
    name: "numbers: finalize, refresh and void",
    losers: ["InvalidTransition"],
    trial: async (acme, customer) => {
      const { invoice } = await invoiceOf(acme, customer, true)
      const calls = all((process) => call("invoices", process < 3 ? "finalize" : process < 5 ? "refresh" : "void", invoice.id))
      return {
        calls,
        judge: async (outcomes) => {
          const voided = won(outcomes, calls, "void").length
          return [
            ...expected("finalized", won(outcomes, calls, "finalize").length, 1),
            ...expected("status", (await acme.invoices.get(invoice.id)).invoice.status, voided === 1 ? "voided" : "finalized")
          ]
        }
      }
    }
  },
  {
    name: "numbers: finalize and delete a draft",
    losers: ["InvalidTransition", "InvoiceNotFound"],
    trial: async (acme, customer) => {
      const { invoice } = await invoiceOf(acme, customer, true)
      return {
        calls: half(call("invoices", "finalize", invoice.id), call("invoices", "delete", invoice.id)),
        judge: async (outcomes) => expected("either", won(outcomes).length, 1)
      }
    }
  },
  {
    name: "numbers: eight drafts of one series",
    losers: [],
    trial: async (acme, customer) => {
      const drafts = await Promise.all(all(() => call("invoices", "get")).map(() => invoiceOf(acme, customer, true)))
      return {
        calls: all((process) => call("invoices", "finalize", drafts[process]!.invoice.id)),
        judge: async (outcomes) => {
          const numbers = new Set(
            outcomes.map(({ done }) => (done as { invoice: { invoice_number: string } } | undefined)?.invoice.invoice_number)
          )
          return expected("numbers", numbers.size, PROCESSES)
        }
      }
    }
  }
]
