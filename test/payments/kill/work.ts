/** What a billing process does all day: bills, collects, tries again what failed, and returns some of what came in. */

import type { TestClock } from "../../../adapters/testing/index.js"
import { BillingError, type OrganizationBilling } from "../../../src/client/index.js"

/** What another process was faster at is refused, and that is well. */
const unless = async (work: Promise<unknown>): Promise<void> => {
  await work.catch((error: unknown) => {
    if (!(error instanceof BillingError)) throw error
  })
}

const MINUTES = 60_000

/** Collects and returns what is due, then what is due once the leases are over, and what was at work has come in. */
export const sweep = async (billing: OrganizationBilling, clock: TestClock, from: number): Promise<void> => {
  for (const minutes of [0, 20, 90]) {
    clock.set(new Date(from + minutes * MINUTES))
    await billing.collectDue({ batch_size: 2 })
    await billing.refundDue({ batch_size: 2 })
  }
}

export const workThrough = async (billing: OrganizationBilling, clock: TestClock, from: number, random: () => number): Promise<void> => {
  clock.set(new Date(from))
  await billing.billDue()
  await billing.collectDue({ batch_size: 2 })
  for (const { id } of (await billing.payments.list({ status: "failed" })).items) await unless(billing.payments.retry(id))
  await billing.collectDue({ batch_size: 2 })
  for (const { amount_cents, id } of (await billing.payments.list({ status: "succeeded", limit: 10 })).items) {
    if (random() < 0.4)
      await unless(billing.payments.refund(id, { amount_cents: 1n + BigInt(Math.floor(random() * Number(amount_cents))) }))
  }
  await sweep(billing, clock, from)
}
