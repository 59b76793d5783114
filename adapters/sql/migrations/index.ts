/** All migrations, in order. A released one never changes. */
import type { Migration } from "../migration.js"
import { accounts } from "./0001-accounts.js"
import { metering } from "./0002-metering.js"
import { catalog } from "./0003-catalog.js"
import { subscriptions } from "./0004-subscriptions.js"
import { invoicing } from "./0005-invoicing.js"
import { credits } from "./0006-credits.js"
import { alerts } from "./0007-alerts.js"
import { slots } from "./0008-slots.js"
import { coupons } from "./0009-coupons.js"
import { addOns } from "./0010-add-ons.js"
import { wallets } from "./0011-wallets.js"
import { ledger } from "./0012-ledger.js"
import { thresholds } from "./0013-thresholds.js"
import { payments } from "./0014-payments.js"
import { advance } from "./0016-advance.js"
import { webhooks } from "./0018-webhooks.js"
import { entitlements } from "./0019-entitlements.js"
import { callers } from "./0020-callers.js"
import { providerEvents } from "./0026-provider-events.js"
import { audit } from "./0027-audit.js"
import { exports } from "./0028-exports.js"
import { adminNotifications } from "./0029-admin-notifications.js"
import { notifications } from "./0030-notifications.js"
import { fieldwork } from "./0031-fieldwork.js"
import { reporting } from "./0034-reporting.js"
import { integrations } from "./0035-integrations.js"
import { taxations } from "./0036-taxations.js"
import { rowLevelSecurity } from "./0037-row-level-security.js"
import { documentMails } from "./0038-document-mails.js"

export const migrations: ReadonlyArray<Migration> = [
  accounts,
  metering,
  catalog,
  subscriptions,
  invoicing,
  credits,
  alerts,
  slots,
  coupons,
  addOns,
  wallets,
  ledger,
  thresholds,
  payments,
  advance,
  webhooks,
  entitlements,
  callers,
  providerEvents,
  audit,
  exports,
  adminNotifications,
  notifications,
  fieldwork,
  reporting,
  integrations,
  taxations,
  rowLevelSecurity,
  documentMails
]
