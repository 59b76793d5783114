/** Ports of metering for tests that look at events alone. */
import { Effect, Layer } from "effect"
import { EventBilling } from "../../src/metering/index.js"

/** No charge is paid in advance. */
export const nobodyBills = Layer.succeed(EventBilling, { takeTurns: () => Effect.succeed([]), bill: () => Effect.succeed([]) })
