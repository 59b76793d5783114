/** SMS by Twilio: `billwright/messaging/sms`. */
import { twilioGateway } from "../shared/twilio.js"

export type { Secret } from "../../shared/options.js"
export type { TwilioOptions } from "../shared/twilio.js"

/** Sends SMS from a number or a messaging service of yours; `twilio_sms` unless it is named otherwise. */
export const sms = twilioGateway({
  name: "twilio_sms",
  channel: "sms",
  address: (phone) => phone,
  template: ({ body }) => ({ Body: body })
})
