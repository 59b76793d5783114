/** The taxes of many fees at once: what a billing run loads, and the level of each fee (decision I5). */
import { Context, Effect, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { TaxStore } from "./store.js"
import type { TaxableType } from "./tax.js"
import { taxLevel } from "./tax-level.js"
import { type AppliedRates, type TaxedFee, type TaxQuery, type TaxRate, taxableKey } from "./tax-rate.js"

/** The taxes of a fee: those of the first level that has any. */
export interface TaxLookup {
  readonly of: (fee: TaxedFee) => ReadonlyArray<TaxRate>
  /** Whether a tax integration gives the rates in place of the levels: no fee has a tax then until it is asked. */
  readonly supplied: boolean
  /** A tax that was asked for by its code or id; undefined where the organization has none such. */
  readonly named: (code_or_id: string) => TaxRate | undefined
}

/** Lookups over what was loaded. */
export const taxLookup = ({ applied, named, organization, supplied }: AppliedRates): TaxLookup => {
  const on = (type: TaxableType, id: string | null | undefined) => (id == null ? [] : (applied.get(taxableKey(type, id)) ?? []))
  return {
    named: (code_or_id) => named.find(({ code, tax_id }) => tax_id === code_or_id || code === code_or_id),
    supplied,
    of: (fee) =>
      supplied
        ? []
        : taxLevel({
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
