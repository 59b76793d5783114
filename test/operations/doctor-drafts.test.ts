import { Effect } from "effect"
import { expect, it } from "vitest"
import { Doctor } from "../../src/operations/index.js"
import { describeBilling } from "../support/billing.js"

describeBilling("the doctor over invoices that were drafts", ({ tenant }) => {
  it("does not miss the events that came while it was one, though the base fee stayed the same row", async () => {
    const { bill, finalizeDue, ingest, invoices, metric, plan, run, subscribe } = await tenant({ grace: 3 })
    await metric("calls", { aggregation_type: "count" })
    await plan({
      code: "p",
      amount_cents: 1000n,
      charges: [{ metric_code: "calls", charge_model: "standard", properties: { amount: "1" } }]
    })
    await subscribe("s", "p")
    await ingest("calls", "2025-01-10T00:00:00Z", { count: 2 })
    await bill("2025-02-01T00:00:00Z")
    await ingest("calls", "2025-01-20T00:00:00Z")
    await finalizeDue("2025-02-04T00:00:00Z")
    expect((await invoices()).map(({ invoice }) => [invoice.status, invoice.subtotal_cents])).toEqual([["finalized", 1300n]])
    expect((await run(Effect.flatMap(Doctor, (doctor) => doctor.check()))).violations).toEqual([])
  })
})
