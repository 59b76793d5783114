/** The ports to where organizations, billing entities and customers are kept. */
import { Context, type DateTime, type Effect } from "effect"
import type { CodeTaken, CurrentOrganization, ExternalIdTaken, PageRequest, PageRows, StorageError } from "../core/index.js"
import type { ApiKey, ApiKeyStatus, StoredApiKey } from "./api-key.js"
import type { BillingEntity } from "./billing-entity.js"
import type { Customer } from "./customer.js"
import type { InvoicePrefixTaken } from "./errors.js"
import type { Member, MemberRole } from "./member.js"
import type { Organization } from "./organization.js"

export interface OrganizationStoreShape {
  readonly insert: (organization: Organization) => Effect.Effect<void, StorageError>
  readonly save: (organization: Organization) => Effect.Effect<void, StorageError>
  /** The row of the organization in the environment. */
  readonly current: Effect.Effect<Organization | undefined, StorageError, CurrentOrganization>
  /** The same with its lock; only in a transaction. */
  readonly lock: Effect.Effect<Organization | undefined, StorageError, CurrentOrganization>
  /** How many customers and events the organization has; every document is of a customer. */
  readonly belongings: Effect.Effect<{ readonly customers: number; readonly events: number }, StorageError, CurrentOrganization>
  /** Deletes the organization with all that is its own. */
  readonly delete: Effect.Effect<void, StorageError, CurrentOrganization>
  /** Every organization's page: the operator's list. */
  readonly page: (request: PageRequest) => Effect.Effect<PageRows<Organization>, StorageError>
}

export class OrganizationStore extends Context.Tag("billwright/OrganizationStore")<OrganizationStore, OrganizationStoreShape>() {}

/** Numbers from `from_number` to before `to_number` that an issuer never gives. */
export interface NumberRaise {
  readonly id: string
  readonly organization_id: string
  readonly billing_entity_id: string
  readonly from_number: bigint
  readonly to_number: bigint
  readonly created_at: DateTime.Utc
  readonly updated_at: DateTime.Utc
}

/** How many customers name a billing entity. */
export interface BillingEntityCount {
  readonly billing_entity_id: string
  readonly code: string
  readonly customers: number
}

type EntityConflict = StorageError | CodeTaken | InvoicePrefixTaken

export interface BillingEntityStoreShape {
  readonly insert: (entity: BillingEntity) => Effect.Effect<void, EntityConflict>
  /** Writes the whole row again; it was locked. */
  readonly save: (entity: BillingEntity) => Effect.Effect<void, EntityConflict>
  /** Keeps that a counter was begun at, or raised to, another number by hand: the gap that it leaves is meant. */
  readonly raise: (raise: NumberRaise) => Effect.Effect<void, StorageError>
  /** How many issued invoices and taxes name it. */
  readonly references: (entity: BillingEntity) => Effect.Effect<{ readonly invoices: number; readonly applied_taxes: number }, StorageError>
  /** Deletes it; customers, subscriptions and drafts lose the link. */
  readonly delete: (entity: BillingEntity, now: DateTime.Utc) => Effect.Effect<void, StorageError>
  /** How many customers name each, oldest first. */
  readonly customerCounts: Effect.Effect<ReadonlyArray<BillingEntityCount>, StorageError, CurrentOrganization>
  readonly page: (request: PageRequest) => Effect.Effect<PageRows<BillingEntity>, StorageError, CurrentOrganization>
  /** All entities of the organization, oldest first: there are few. */
  readonly all: Effect.Effect<ReadonlyArray<BillingEntity>, StorageError, CurrentOrganization>
  /** The same with their locks; only in a transaction. */
  readonly lockAll: Effect.Effect<ReadonlyArray<BillingEntity>, StorageError, CurrentOrganization>
}

export class BillingEntityStore extends Context.Tag("billwright/BillingEntityStore")<BillingEntityStore, BillingEntityStoreShape>() {}

/** What a list of customers is narrowed to. */
export interface CustomerFilter {
  readonly external_id?: string | undefined
  readonly billing_entity_id?: string | undefined
}

export type CustomerRef = { readonly id: string } | { readonly external_id: string }

export interface CustomerStoreShape {
  readonly insert: (customer: Customer) => Effect.Effect<void, StorageError | ExternalIdTaken>
  readonly save: (customer: Customer) => Effect.Effect<void, StorageError | ExternalIdTaken>
  readonly find: (ref: CustomerRef) => Effect.Effect<Customer | undefined, StorageError, CurrentOrganization>
  /** Those that exist, in no order. */
  readonly load: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Customer>, StorageError, CurrentOrganization>
  readonly loadExternal: (external_ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Customer>, StorageError, CurrentOrganization>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Effect.Effect<Customer | undefined, StorageError, CurrentOrganization>
  /** Whether events or subscriptions know the customer, so that its external id is fixed. */
  readonly isInUse: (customer: Customer) => Effect.Effect<boolean, StorageError, CurrentOrganization>
  /** How many rows of each table refer to the customer and keep it. */
  readonly references: (customer: Customer) => Effect.Effect<Readonly<Record<string, number>>, StorageError>
  /** Deletes it with its links to outside systems and what it said about mails. */
  readonly delete: (customer: Customer) => Effect.Effect<void, StorageError>
  readonly page: (filter: CustomerFilter, request: PageRequest) => Effect.Effect<PageRows<Customer>, StorageError, CurrentOrganization>
}

export class CustomerStore extends Context.Tag("billwright/CustomerStore")<CustomerStore, CustomerStoreShape>() {}

export interface ApiKeyStoreShape {
  readonly insert: (key: StoredApiKey) => Effect.Effect<void, StorageError>
  /** Writes its status; the row is locked. */
  readonly revoke: (key: ApiKey) => Effect.Effect<void, StorageError>
  /** The row with its lock; only in a transaction. */
  readonly lock: (id: string) => Effect.Effect<ApiKey | undefined, StorageError, CurrentOrganization>
  /** Of any organization. */
  readonly findByHash: (key_hash: string) => Effect.Effect<ApiKey | undefined, StorageError>
  /** When it was last used; never earlier than before. */
  readonly stamp: (key: Pick<ApiKey, "id" | "organization_id">, now: DateTime.Utc) => Effect.Effect<void, StorageError>
  readonly page: (
    filter: { readonly status?: ApiKeyStatus | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<ApiKey>, StorageError, CurrentOrganization>
}

export class ApiKeyStore extends Context.Tag("billwright/ApiKeyStore")<ApiKeyStore, ApiKeyStoreShape>() {}

export interface MemberStoreShape {
  readonly insert: (member: Member) => Effect.Effect<void, StorageError | ExternalIdTaken>
  /** Writes the role. */
  readonly save: (member: Member) => Effect.Effect<void, StorageError>
  readonly delete: (member: Member) => Effect.Effect<void, StorageError>
  /** By the host's id of the user. */
  readonly find: (user_id: string) => Effect.Effect<Member | undefined, StorageError, CurrentOrganization>
  readonly owners: Effect.Effect<number, StorageError, CurrentOrganization>
  readonly page: (
    filter: { readonly role?: MemberRole | undefined },
    request: PageRequest
  ) => Effect.Effect<PageRows<Member>, StorageError, CurrentOrganization>
}

export class MemberStore extends Context.Tag("billwright/MemberStore")<MemberStore, MemberStoreShape>() {}
