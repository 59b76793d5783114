/** The taxes of many fees at once: what a billing run loads, and the level of each fee (decision I5). */
import { Context, Effect, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { TaxStore } from "./store.js"
import type { TaxableType, TaxId } from "./tax.js"
import { taxLevel } from "./tax-level.js"

/** A tax as a calculation needs it; `rate` is a fraction as decimal text. */
export interface TaxRate {
  readonly tax_id: TaxId
  readonly code: string
  readonly name: string
  readonly rate: string
}

/** A fee as the levels see it; what it does not have is left out or null. */
export interface TaxedFee {
  /** Taxes that were named on a one-off line. */
  readonly line?: ReadonlyArray<TaxRate> | undefined
  readonly charge_id?: string | null | undefined
  readonly add_on_id?: string | null | undefined
  readonly commitment_id?: string | null | undefined
  readonly plan_id?: string | null | undefined
  readonly customer_id: string
  readonly billing_entity_id?: string | null | undefined
}

/** Whose taxes to load. */
export interface TaxQuery {
  readonly customer_ids?: ReadonlyArray<string> | undefined
  readonly plan_ids?: ReadonlyArray<string> | undefined
  readonly charge_ids?: ReadonlyArray<string> | undefined
  readonly commitment_ids?: ReadonlyArray<string> | undefined
  readonly add_on_ids?: ReadonlyArray<string> | undefined
  readonly billing_entity_ids?: ReadonlyArray<string> | undefined
}

/** Applications by `<taxable_type>:<taxable_id>`, and the taxes of the organization level; each in order of application. */
export interface AppliedRates {
  readonly applied: ReadonlyMap<string, ReadonlyArray<TaxRate>>
  readonly organization: ReadonlyArray<TaxRate>
}

export const taxableKey = (type: TaxableType, id: string): string => `${type}:${id}`

/** The taxes of a fee: those of the first level that has any. */
export interface TaxLookup {
  readonly of: (fee: TaxedFee) => ReadonlyArray<TaxRate>
}

/** Lookups over what was loaded. */
export const taxLookup = ({ applied, organization }: AppliedRates): TaxLookup => {
  const on = (type: TaxableType, id: string | null | undefined) => (id == null ? [] : (applied.get(taxableKey(type, id)) ?? []))
  return {
    of: (fee) =>
      taxLevel({
        line: fee.line ?? [],
        charge: [...on("charge", fee.charge_id), ...on("add_on", fee.add_on_id), ...on("commitment", fee.commitment_id)],
        plan: on("plan", fee.plan_id),
        customer: on("customer", fee.customer_id),
        billing_entity: on("billing_entity", fee.billing_entity_id),
        organization
      }).taxes
  }
}

/** Loads the taxes of many rows with one statement. */
export class TaxTable extends Context.Tag("billwright/TaxTable")<
  TaxTable,
  { readonly load: (query: TaxQuery) => Effect.Effect<TaxLookup, StorageError, CurrentOrganization> }
>() {
  static readonly layer: Layer.Layer<TaxTable, never, TaxStore> = Layer.effect(
    TaxTable,
    Effect.map(TaxStore, (store) => TaxTable.of({ load: Effect.fn("TaxTable.load")((query) => Effect.map(store.rates(query), taxLookup)) }))
  )
}
