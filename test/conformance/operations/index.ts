/** Every operation of the conformance cases that the library answers. */
import { answeringAll, type Checks } from "../runner.js"
import { invoicingOperations } from "./invoicing.js"
import { meteringOperations } from "./metering.js"
import { periodOperations } from "./periods.js"
import { pricingOperations } from "./pricing.js"
import { scheduleOperations } from "./schedule.js"

export const checks: Checks = answeringAll({
  ...invoicingOperations,
  ...meteringOperations,
  ...periodOperations,
  ...pricingOperations,
  ...scheduleOperations
})
