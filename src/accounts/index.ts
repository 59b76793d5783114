/** Organizations, the issuers of invoices, and customers. */
export * from "./billing-entity.js"
export * from "./customer.js"
export * from "./errors.js"
export * from "./issuer.js"
export * from "./organization.js"
