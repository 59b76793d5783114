/** The portal: a customer's session, and what a customer sees and does of their own. */
export { PortalDocuments, type PortalDocumentsShape, type PortalPageInput } from "./documents.js"
export {
  type Branding,
  type Dashboard,
  PortalOverview,
  type PortalOverviewShape,
  type ProfileInput,
  type UpcomingBilling
} from "./overview.js"
export type { OwnSubscriptionRef } from "./own.js"
export { PortalPurchases, type PortalPurchasesShape } from "./purchases.js"
export {
  type CreateSessionInput,
  CurrentCustomer,
  PortalAddress,
  type PortalOwner,
  type PortalSession,
  Portals,
  type PortalsShape,
  PortalTokenInvalid
} from "./session.js"
