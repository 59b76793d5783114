/** The port to where add-ons and their applications are kept. */
import { Context, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { AddOn, AppliedAddOn } from "./add-on.js"

export type AddOnName = { readonly id: string } | { readonly code: string }

/** An application with whose it is. */
export interface AddOnOnCustomer extends AppliedAddOn {
  readonly customer_name: string
  readonly external_customer_id: string
}

/** How often an add-on was applied. */
export interface AddOnCount {
  readonly add_on_id: string
  readonly code: string
  readonly applications: number
}

export interface AddOnStoreShape {
  readonly insert: (add_on: AddOn) => Effect.Effect<void, StorageError | CodeTaken>
  readonly save: (add_on: AddOn) => Effect.Effect<void, StorageError | CodeTaken>
  /** With the taxes on it. */
  readonly remove: (id: string) => Effect.Effect<void, StorageError, CurrentOrganization>
  readonly find: (name: AddOnName) => Effect.Effect<AddOn | undefined, StorageError, CurrentOrganization>
  /** The row with its lock; only in a transaction. */
  readonly lock: (name: AddOnName) => Effect.Effect<AddOn | undefined, StorageError, CurrentOrganization>
  readonly page: (request: PageRequest) => Effect.Effect<PageRows<AddOn>, StorageError, CurrentOrganization>
  readonly apply: (applied: AppliedAddOn) => Effect.Effect<void, StorageError>
  readonly applications: (
    filter: { readonly add_on_id?: string | undefined; readonly customer_id?: string | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<AddOnOnCustomer>, StorageError, CurrentOrganization>
  /** Of every add-on, oldest first. */
  readonly counts: Effect.Effect<ReadonlyArray<AddOnCount>, StorageError, CurrentOrganization>
  /** How many applications and profiles of OEMs name one. */
  readonly references: (
    add_on_id: string
  ) => Effect.Effect<Readonly<Record<"applied_add_ons" | "oem_profiles", number>>, StorageError, CurrentOrganization>
}

export class AddOnStore extends Context.Tag("billwright/AddOnStore")<AddOnStore, AddOnStoreShape>() {}
