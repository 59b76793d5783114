/** Who follows a customer into another zone: a port, since what has a calendar stands on floors above. */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { Customer } from "./customer.js"

export class CustomerMoves extends Context.Tag("billwright/CustomerMoves")<
  CustomerMoves,
  {
    /** The customer's row is locked and has its new zone; in the same transaction. */
    readonly moved: (customer: Customer, from_timezone: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  }
>() {}
