/** WhatsApp by Twilio: `billwright/messaging/whatsapp`. */
import { twilioGateway } from "../shared/twilio.js"

export type { Secret } from "../../shared/options.js"
export type { TwilioOptions } from "../shared/twilio.js"

/** `HX…`: a template that is approved, whose first variable takes the text. */
const CONTENT = /^HX[0-9a-fA-F]{32}$/

/**
 * Sends WhatsApp messages from a sender of yours; `twilio_whatsapp` unless it is named otherwise. A template whose `provider_template` is a content
 * id (`HX…`) goes out as that one, with the text as its first variable; every other one as a text, which has to match what was approved.
 */
export const whatsapp = twilioGateway({
  name: "twilio_whatsapp",
  channel: "whatsapp",
  address: (phone) => `whatsapp:${phone}`,
  template: ({ body, provider_template: approved }) =>
    approved != null && CONTENT.test(approved) ? { ContentSid: approved, ContentVariables: JSON.stringify({ 1: body }) } : { Body: body }
})
