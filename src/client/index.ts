/** The Promise face: `createBilling`, for hosts that do not use Effect. */
export { BillingError, type BillingErrorTag, isBillingError } from "./billing-error.js"
export * from "./create-billing.js"
export * from "./database.js"
export type { Face } from "./face.js"
export type { Plain } from "./plain.js"
export * from "./schema.js"
export { type Services, servicesLayer } from "./services.js"
export * from "./simulation.js"
