/** The provider that is none: money comes by hand, booked by `Payments.record`. Every operation is typed as one that it lacks. */
import { Effect } from "effect"
import { type PaymentProvider, ProviderUnsupported } from "../../../src/payments/index.js"

const lacks = (operation: string) => () => Effect.fail(new ProviderUnsupported({ provider: "manual", operation }))

export const manual: PaymentProvider = {
  name: "manual",
  charge: lacks("charge"),
  findCharge: lacks("findCharge"),
  refund: lacks("refund"),
  findRefund: lacks("findRefund"),
  checkout: lacks("checkout"),
  endCheckout: lacks("endCheckout"),
  setup: lacks("setup"),
  readWebhook: lacks("readWebhook"),
  webhookAnswer: ""
}
