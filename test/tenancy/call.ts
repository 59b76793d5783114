/** One call of a method with arguments that work for a tenant as `furnish` leaves it, and what it leaves in the audit log. */
import type { Given } from "./given.js"

type Args = (given: Given) => ReadonlyArray<unknown>

export interface Call {
  readonly args: Args
  /** What it writes: rows of the audit log, or none for the reason that is given. */
  readonly audit: "reads" | "writes" | { readonly none: string }
  /** The host's user who calls; central_ops unless said. */
  readonly user?: string
}

/** A read, which writes nothing. */
export const reads = (args: Args = () => []): Call => ({ args, audit: "reads" })
/** A write that is in the audit log. */
export const writes = (args: Args): Call => ({ args, audit: "writes" })
/** A call that leaves nothing in the audit log, and why. */
export const aside = (none: string, args: Args = () => []): Call => ({ args, audit: { none } })

/** The same, called by another of the host's users. */
export const by = (user: string, call: Call): Call => ({ ...call, user })
