/** All stores over one client: what an adapter gives the domain. */
import type * as SqlClient from "@effect/sql/SqlClient"
import { Layer } from "effect"
import type { BillingEntityStore, CustomerStore, OrganizationStore } from "../../src/accounts/index.js"
import { billingEntityStoreLayer } from "./accounts/billing-entity-store.js"
import { customerStoreLayer } from "./accounts/customer-store.js"
import { organizationStoreLayer } from "./accounts/organization-store.js"
import type { Dialect } from "./dialect.js"

export const accountStoresLayer: Layer.Layer<OrganizationStore | BillingEntityStore | CustomerStore, never, SqlClient.SqlClient | Dialect> =
  Layer.mergeAll(organizationStoreLayer, billingEntityStoreLayer, customerStoreLayer)
