/** What keeps a document from being an electronic invoice. */
import { Schema } from "effect"

/** A term of EN 16931, where it comes from, and what is wrong with it. */
export const EInvoiceProblem = Schema.Struct({ term: Schema.String, field: Schema.String, reason: Schema.String })
export type EInvoiceProblem = typeof EInvoiceProblem.Type

/** Something that EN 16931 asks for is not there, or cannot be said by it: every such term at once. */
export class EInvoiceRefused extends Schema.TaggedError<EInvoiceRefused>()("EInvoiceRefused", {
  id: Schema.String,
  problems: Schema.Array(EInvoiceProblem)
}) {
  override get message(): string {
    return `no electronic invoice: ${this.problems.map(({ field, reason, term }) => `${term} ${field}: ${reason}`).join("; ")}`
  }
}

export const problem = (term: string, field: string, reason: string): EInvoiceProblem => ({ term, field, reason })
