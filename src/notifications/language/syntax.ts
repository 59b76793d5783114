/** The language of templates as data: what a text was read as. A part of Django's (F7): variables, filters, if, for, comments. */

/** A variable by its path: `lead.items.0`. */
export interface Path {
  readonly kind: "path"
  readonly path: ReadonlyArray<string>
}

interface Literal {
  readonly kind: "literal"
  readonly value: string | number | boolean | null
}

export type Operand = Path | Literal

export const FILTERS = [
  "default",
  "upper",
  "lower",
  "title",
  "capfirst",
  "date",
  "time",
  "floatformat",
  "length",
  "join",
  "truncatechars"
] as const
export type FilterName = (typeof FILTERS)[number]

export interface AppliedFilter {
  readonly name: FilterName
  readonly argument: Operand | null
}

/** An operand and what it goes through: `name|default:"you"|upper`. */
export interface Expression {
  readonly operand: Operand
  readonly filters: ReadonlyArray<AppliedFilter>
}

export const COMPARISONS = ["==", "!=", "<", ">", "<=", ">=", "in", "not in"] as const
export type Comparison = (typeof COMPARISONS)[number]

export type Condition =
  | { readonly kind: "value"; readonly value: Expression }
  | { readonly kind: "not"; readonly of: Condition }
  | { readonly kind: "and" | "or"; readonly left: Condition; readonly right: Condition }
  | { readonly kind: "compare"; readonly by: Comparison; readonly left: Expression; readonly right: Expression }

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly expression: Expression }
  | {
      readonly kind: "if"
      readonly branches: ReadonlyArray<{ readonly condition: Condition; readonly nodes: ReadonlyArray<Node> }>
      readonly otherwise: ReadonlyArray<Node>
    }
  | {
      readonly kind: "for"
      readonly variable: string
      readonly over: Path
      readonly nodes: ReadonlyArray<Node>
      readonly empty: ReadonlyArray<Node>
    }

/** What a text cannot be read as a template for. */
export class Unreadable {
  constructor(
    readonly line: number,
    readonly reason: string
  ) {}
}
