/** Notifications: templates, messages, gateways, receipts. */

export * from "./delivery.js"
export * from "./errors.js"
export * from "./gateway.js"
export * from "./host-variables.js"
export { automaticMessagesLayer } from "./listening.js"
export type {
  CustomerMailing,
  Enclosure,
  MailableDocument,
  MailDocumentInput,
  MailFormat,
  MailStem,
  SetMailingInput
} from "./mails/document-mail.js"
export * from "./mails/document-mails.js"
export * from "./mails/store.js"
export * from "./notification.js"
export * from "./notifications.js"
export { DeliveryReceipt, ReceiptStatus, receiptStatusOf } from "./receipt.js"
export * from "./receipts.js"
export * from "./store.js"
export * from "./template.js"
export * from "./templates.js"
