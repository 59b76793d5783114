/** The port to single fees: those that hosts add, collect and look up. Those of documents are written with them (`store.ts`). */
import { Context, type Effect } from "effect"
import type { CurrentOrganization, PageInput, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { Fee } from "./fee.js"
import type { ListFees } from "./fee-input.js"

type Call<A> = Effect.Effect<A, StorageError, CurrentOrganization>

/** What a list of fees is narrowed to; an invoice of null: none. */
type FeeFilter = Omit<typeof ListFees.Type, keyof PageInput>

/** What a host did to a fee, for the audit log: its fields before and after. */
export type FeeChanges = Readonly<Record<string, { readonly before?: string; readonly after?: string }>>

export interface FeeStoreShape {
  readonly find: (id: string) => Call<Fee | undefined>
  /** One on no invoice, locked; undefined where there is none, or an invoice has it. */
  readonly lockAlone: (id: string) => Call<Fee | undefined>
  readonly page: (filter: FeeFilter, request: PageRequest) => Call<PageRows<Fee>>
  /** Description and payment status of one on no invoice. */
  readonly save: (fee: Fee) => Call<void>
  readonly remove: (id: string) => Call<void>
  /** Puts aside for the audit log what a host did to a fee: those of documents are told with them. */
  readonly tell: (
    fee: Pick<Fee, "id" | "organization_id">,
    action: "created" | "updated" | "status_changed" | "deleted",
    changes: FeeChanges
  ) => Call<void>
}

export class FeeStore extends Context.Tag("billwright/FeeStore")<FeeStore, FeeStoreShape>() {}
