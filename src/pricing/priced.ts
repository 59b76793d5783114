/** What pricing answers: an exact amount at once, the explanation only when somebody asks for it. */
import { divide, type Exact, isZero, zero } from "../core/exact.js"
import type { BreakdownRow } from "./rows.js"
import type { Usage } from "./usage.js"

/** The price of a usage, in units of the currency; never rounded, never clamped (N2). */
export interface Priced {
  readonly amount: Exact
  /** amount ÷ full units (of a package: ÷ paid units); 0 where the divisor is 0. For display only (N6). */
  readonly unit_amount: Exact
  readonly rows: ReadonlyArray<BreakdownRow>
  /** The calculation on one line: `100 × 1.95 + 50.5 × 1.725 = 282.1125`. */
  readonly text: string
}

/** The parts of a model that explain an amount after the fact. */
export interface Anatomy {
  readonly unitDivisor: (usage: Usage) => Exact
  readonly rows: (usage: Usage) => ReadonlyArray<BreakdownRow>
  readonly text: (usage: Usage, amount: Exact) => string
}

export const perUnit = (amount: Exact, units: Exact): Exact => (isZero(units) ? zero : divide(amount, units))

/** Explains on demand: most ratings only need the amount. */
export class LazilyPriced implements Priced {
  constructor(
    readonly amount: Exact,
    private readonly usage: Usage,
    private readonly anatomy: Anatomy
  ) {}

  get unit_amount(): Exact {
    return perUnit(this.amount, this.anatomy.unitDivisor(this.usage))
  }

  get rows(): ReadonlyArray<BreakdownRow> {
    return this.anatomy.rows(this.usage)
  }

  get text(): string {
    return this.anatomy.text(this.usage, this.amount)
  }
}

export const noRows = (): ReadonlyArray<BreakdownRow> => []
