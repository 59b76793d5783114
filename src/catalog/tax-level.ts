/** Which taxes a fee bears: those of the first level that has any (decision I5). */

/** The levels in the order in which they are asked; `charge` stands for charge, add-on and commitment alike. */
export const TAX_LEVELS = ["line", "charge", "plan", "customer", "billing_entity", "organization"] as const
export type TaxLevel = (typeof TAX_LEVELS)[number]

/**
 * The first level that has any tax wins whole; `level` null: no tax at all.
 *
 * @see decisions I5
 */
export const taxLevel = <T>(
  taxes: Readonly<Partial<Record<TaxLevel, ReadonlyArray<T>>>>
): { readonly level: TaxLevel | null; readonly taxes: ReadonlyArray<T> } => {
  for (const level of TAX_LEVELS) {
    const found = taxes[level]
    if (found !== undefined && found.length > 0) return { level, taxes: found }
  }
  return { level: null, taxes: [] }
}
