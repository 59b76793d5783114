/** What is sold: plans with charges, filters and commitments, in versions; taxes and where they apply. */
export * from "./add-on.js"
export * from "./add-on-store.js"
export * from "./charge.js"
export type { ChargeChangeInput, ChargeFilterInput, ChargeInput, ChargeOptions, NewChargeInput, TariffInput } from "./charge-input.js"
export { type ChargePrice, chargePrices } from "./charge-prices.js"
export type { ChargeSetError } from "./charge-set.js"
export * from "./commitment.js"
export * from "./custom-functions.js"
export * from "./errors.js"
export * from "./plan.js"
export * from "./plan-id.js"
export type { CreatePlanInput, UpdatePlanInput } from "./plan-input.js"
export {
  type MigratePlanInput,
  type MigrationItem,
  type MigrationRefusal,
  type MigrationResult,
  PlanMigrations
} from "./plan-migrations.js"
export * from "./plan-terms.js"
export * from "./plans.js"
export type { PlanSimulation, SimulatedLine, SimulatedUnits, SimulatePlanInput, SimulationError } from "./simulation.js"
export * from "./store.js"
export * from "./tax.js"
export * from "./tax-level.js"
export * from "./tax-rate.js"
export * from "./tax-table.js"
export * from "./taxes.js"
export * from "./version-terms.js"
