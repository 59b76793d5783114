/** The operations of cases with `input` and `expected`. */
import { answeringAll, type Checks } from "../runner.js"
import { creditsOperations } from "./credits.js"
import { invoicingOperations } from "./invoicing.js"
import { meteringOperations } from "./metering.js"
import { periodOperations } from "./periods.js"
import { pricingOperations } from "./pricing.js"
import { progressiveOperations } from "./progressive.js"
import { scheduleOperations } from "./schedule.js"
import { walletOperations } from "./wallets.js"

export const answers: Checks = answeringAll({
  ...creditsOperations,
  ...invoicingOperations,
  ...meteringOperations,
  ...periodOperations,
  ...pricingOperations,
  ...progressiveOperations,
  ...scheduleOperations,
  ...walletOperations
})
