/** Tenancy: services read the organization from the environment and every statement carries it (decisions O1, O2). */
import { Context } from "effect"
import { brandedId } from "./ids.js"

export const OrganizationId = brandedId("OrganizationId")
export type OrganizationId = typeof OrganizationId.Type

/** The organization on whose behalf a call is made. There is no default one. */
export class CurrentOrganization extends Context.Tag("billwright/CurrentOrganization")<CurrentOrganization, OrganizationId>() {}
