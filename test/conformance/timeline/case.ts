/** A timeline as it stands in a file: what is set up, and the steps; the format is that of test/vectors/README.md. */

interface TaxCodes {
  readonly taxes?: ReadonlyArray<string>
}

export interface CustomerSetup extends TaxCodes {
  readonly id: string
  readonly timezone?: string
  readonly currency?: string
  readonly invoice_grace_period?: number
  readonly net_payment_term?: number
  readonly apply_credit_notes_automatically?: boolean
  readonly payment_method?: "succeeds" | "fails" | null
}

export interface BillingEntitySetup extends TaxCodes {
  readonly invoice_prefix?: string
  readonly timezone?: string
  readonly invoice_grace_period?: number
  readonly net_payment_term?: number
  readonly rounding_mode?: "half_away" | "half_even" | "down"
}

export interface MetricSetup {
  readonly code: string
  readonly aggregation_type: string
  readonly field_name?: string
  readonly recurring?: boolean
}

export interface ChargeSetup extends TaxCodes {
  readonly code: string
  readonly metric: string
  readonly charge_model: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly pay_in_advance?: boolean
  readonly prorated?: boolean
  readonly min_amount_cents?: string
}

export interface ThresholdSetup {
  readonly code: string
  readonly amount_cents: string
  readonly recurring?: boolean
}

export interface PlanSetup extends TaxCodes {
  readonly code: string
  readonly interval: string
  readonly amount_cents?: string
  readonly currency?: string
  readonly trial_period_days?: number
  readonly charges?: ReadonlyArray<ChargeSetup>
  readonly commitment?: TaxCodes & { readonly amount_cents: string; readonly counts?: "all" | "charges" }
  readonly usage_thresholds?: ReadonlyArray<ThresholdSetup>
}

export interface CouponSetup {
  readonly code: string
  readonly coupon_type: string
}

export interface AddOnSetup extends TaxCodes {
  readonly code: string
  readonly amount_cents: string
}

export interface TimelineSetup {
  readonly organization?: TaxCodes & { readonly timezone?: string }
  readonly billing_entity?: BillingEntitySetup
  readonly customers?: ReadonlyArray<CustomerSetup>
  readonly taxes?: ReadonlyArray<{ readonly code: string; readonly rate: string }>
  readonly metrics?: ReadonlyArray<MetricSetup>
  readonly plans?: ReadonlyArray<PlanSetup>
  readonly coupons?: ReadonlyArray<CouponSetup>
  readonly add_ons?: ReadonlyArray<AddOnSetup>
  readonly dunning_campaigns?: ReadonlyArray<Readonly<Record<string, unknown>>>
}

/** What holds after a step: see `expectations`. */
export type Expectation = Readonly<Record<string, unknown>>

/** A step; the fields that its operation takes stand beside these. */
export interface Step {
  readonly at: string
  readonly op: string
  readonly note?: string
  readonly expect?: Expectation
  /** The tag of the refusal that it must be answered with. */
  readonly error?: string
}

export interface Timeline {
  readonly id: string
  readonly setup: TimelineSetup
  readonly steps: ReadonlyArray<Step>
}

/** Of the setup, without the key there is one customer. */
export const customersOf = (setup: TimelineSetup): ReadonlyArray<CustomerSetup> => setup.customers ?? [{ id: "c" }]

/** The library has no way yet to do this: a case that needs it fails. */
export class NotThereYet extends Error {
  override readonly name = "NotThereYet"
  constructor(what: string) {
    super(`not there yet: ${what}`)
  }
}
