/** The portal of a billing, on behalf of one customer. */
import { Context, Effect } from "effect"
import { CurrentOrganization } from "../core/index.js"
import { CurrentCustomer, PortalDocuments, PortalOverview, type PortalOwner, PortalPurchases, Portals } from "../portal/index.js"
import { byUser } from "./by-user.js"
import { type Face, faceOf, type Run } from "./face.js"
import { type Opened, withService } from "./opened.js"
import type { PortalServices } from "./services.js"

/** What a customer sees and does of their own. A call rejects with `PortalTokenInvalid` once the session is over. */
export interface CustomerPortal
  extends Face<typeof PortalOverview.Service>,
    Face<typeof PortalDocuments.Service>,
    Face<typeof PortalPurchases.Service> {
  readonly organization_id: string
  readonly customer_id: string
}

/** Each call looks at the token again; the audit log names the customer, whose idempotency keys are their own. */
export const portalFace = (
  services: Context.Context<PortalServices>,
  token: string,
  { customer_id, organization_id }: PortalOwner,
  run: Run<Opened>
): CustomerPortal => {
  const user = `customer ${customer_id}`
  const here: Run<Opened | CurrentOrganization | CurrentCustomer> = (effect) =>
    run(
      Effect.zipRight(
        withService(Portals, ({ open }) => open(token)),
        byUser(
          user,
          effect.pipe(Effect.provideService(CurrentCustomer, customer_id), Effect.provideService(CurrentOrganization, organization_id))
        )
      )
    )
  return {
    organization_id,
    customer_id,
    ...faceOf(PortalOverview, Context.get(services, PortalOverview), here, user, customer_id),
    ...faceOf(PortalDocuments, Context.get(services, PortalDocuments), here, user, customer_id),
    ...faceOf(PortalPurchases, Context.get(services, PortalPurchases), here, user, customer_id)
  }
}
