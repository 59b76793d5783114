/** Versions of a plan: what is versioned together, and when a change makes a new one (S8). */
import { Equal } from "effect"
import type { Charge } from "./charge.js"
import type { FullPlan } from "./plan.js"

type Json = unknown

const isObject = (value: Json): value is Readonly<Record<string, Json>> => typeof value === "object" && value !== null

/** Equal as JSON: whatever the order of keys. */
const sameJson = (a: Json, b: Json): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  if (!isObject(a) || !isObject(b) || Array.isArray(a) || Array.isArray(b)) return Equal.equals(a, b)
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
}

const saidBy = ({ created_at: _, updated_at: __, ...charge }: Charge) => charge

/** Whether two states of a plan bill alike: base amount, charges with filters, commitment. */
export const billsAlike = (a: FullPlan, b: FullPlan): boolean =>
  sameJson(
    [a.amount_cents, a.charges.map(saidBy), a.commitment?.amount_cents, a.commitment?.counts, a.commitment?.invoice_display_name],
    [b.amount_cents, b.charges.map(saidBy), b.commitment?.amount_cents, b.commitment?.counts, b.commitment?.invoice_display_name]
  )
