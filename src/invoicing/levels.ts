/** The levels of taxes above a line of a subscription (decision I5). Pure. */
import type { TaxedFee } from "../catalog/index.js"
import type { Subscription } from "../subscriptions/index.js"
import type { Batch } from "./batch.js"

/** Its plan, customer and issuer. */
export const levelsOf = (row: Subscription, plan_id: string, batch: Batch): TaxedFee => {
  const issuer = batch.issuerOf(row)
  return { plan_id, customer_id: row.customer_id, billing_entity_id: issuer.kind === "billing_entity" ? issuer.id : null }
}
