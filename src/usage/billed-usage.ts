/** Usage of ended periods as it was billed, corrections included: grouped from fees. Pure, and the port to where they are. */
import { Context, type DateTime, type Effect } from "effect"
import { type CurrentOrganization, Exact, type StorageError, sumOf } from "../core/index.js"
import { type CreditNoteItem, givenBack } from "../credits/index.js"
import type { Fee, FeeProperties } from "../invoicing/index.js"

/** A window of usage that was closed. */
export interface BilledWindow {
  readonly period_start: DateTime.Utc
  readonly period_end: DateTime.Utc
  readonly plan_id: string
  readonly plan_version: number
  /** Closed without billing (termination with `skip`). */
  readonly skipped: boolean
}

export class BilledUsageStore extends Context.Tag("billwright/BilledUsageStore")<
  BilledUsageStore,
  {
    /**
     * The last `count` closed windows of a subscription, latest first, and the fees of charges for stretches that begin in
     * them: on drafts and final invoices, neither on voided ones nor on progressive ones, which the closing one bills again.
     */
    readonly lastWindows: (
      subscription_id: string,
      count: number
    ) => Effect.Effect<
      { readonly windows: ReadonlyArray<BilledWindow>; readonly fees: ReadonlyArray<Fee> },
      StorageError,
      CurrentOrganization
    >
  }
>() {}

/** A fee of a past period. */
export interface BilledLine
  extends Pick<
    Fee,
    "charge_filter_id" | "units" | "events_count" | "amount_cents" | "precise_amount_cents" | "precise_unit_amount" | "invoice_id"
  > {
  readonly fee_id: string
  readonly filter: FeeProperties["filter"] | null
  readonly group: NonNullable<FeeProperties["group"]>
  /** What corrections of late usage gave back of the fee (P12); of its amount so much less stands. */
  readonly given_back_cents: bigint
  /** `minimum` for what was missing to a minimum spend, `late_usage` for a correction (P12), else null. */
  readonly reason: string | null
}

/** A charge of a past period; its units and events are those of its lines but for minimum spends. */
export interface BilledCharge {
  readonly charge_id: string
  readonly metric_code: string | null
  readonly units: string
  readonly events_count: number
  readonly amount_cents: bigint
  readonly lines: ReadonlyArray<BilledLine>
}

/** An ended period [`period_start`, `period_end`) as it was billed. */
export interface PastUsage extends BilledWindow {
  /** Null where no fee was made. */
  readonly currency: string | null
  readonly charges: ReadonlyArray<BilledCharge>
  readonly amount_cents: bigint
}

const lineOf = (fee: Fee, items: ReadonlyArray<CreditNoteItem>): BilledLine => ({
  fee_id: fee.id,
  invoice_id: fee.invoice_id,
  charge_filter_id: fee.charge_filter_id,
  filter: fee.properties.filter ?? null,
  group: fee.properties.group ?? {},
  units: fee.units,
  events_count: fee.events_count,
  amount_cents: fee.amount_cents,
  precise_amount_cents: fee.precise_amount_cents,
  precise_unit_amount: fee.precise_unit_amount,
  given_back_cents: givenBack(fee.id, "late_usage", items),
  reason: fee.properties.reason ?? null
})

/** What is missing to a minimum spend is one unit of nothing used. */
const isUsage = ({ reason }: BilledLine): boolean => reason !== "minimum"

const chargeOf = (charge_id: string, fees: ReadonlyArray<Fee>, items: ReadonlyArray<CreditNoteItem>): BilledCharge => {
  const lines = fees.map((fee) => lineOf(fee, items))
  const used = lines.filter(isUsage)
  return {
    charge_id,
    metric_code: fees[0]!.metric_code,
    units: Exact.toText(Exact.sum(used.map(({ units }) => Exact.unsafeFromText(units)))),
    events_count: used.reduce((sum, line) => sum + line.events_count, 0),
    amount_cents: sumOf(lines, (line) => line.amount_cents - line.given_back_cents),
    lines
  }
}

/** The windows with the fees that begin in them, in the order of the fees, less what `items` of notes that stand gave back. */
export const pastUsage = (
  windows: ReadonlyArray<BilledWindow>,
  fees: ReadonlyArray<Fee>,
  items: ReadonlyArray<CreditNoteItem>
): ReadonlyArray<PastUsage> =>
  windows.map((window) => {
    const own = fees.filter(
      ({ period_start }) =>
        period_start !== null &&
        period_start.epochMillis >= window.period_start.epochMillis &&
        period_start.epochMillis < window.period_end.epochMillis
    )
    const ids = [...new Set(own.map((fee) => fee.charge_id as string))]
    const charges = ids.map((id) =>
      chargeOf(
        id,
        own.filter((fee) => fee.charge_id === id),
        items
      )
    )
    return {
      ...window,
      currency: own[0]?.currency ?? null,
      charges,
      amount_cents: charges.reduce((sum, charge) => sum + charge.amount_cents, 0n)
    }
  })
