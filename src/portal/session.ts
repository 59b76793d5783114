/** A customer's session in the portal: a sealed token that says whose it is and until when. Nothing of it is kept. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { CustomerId, CustomerNotFound, CustomerStore } from "../accounts/index.js"
import {
  type AdapterMissing,
  CurrentOrganization,
  decodeInput,
  type InvalidInput,
  instant,
  OrganizationId,
  Secrets,
  type StorageError,
  Text
} from "../core/index.js"

/** The customer on whose behalf the portal works: from the token, never from what a caller says. */
export class CurrentCustomer extends Context.Tag("billwright/CurrentCustomer")<CurrentCustomer, CustomerId>() {}

/** The token is forged, expired, or its customer is gone. */
export class PortalTokenInvalid extends Schema.TaggedError<PortalTokenInvalid>()("PortalTokenInvalid", {}) {
  override get message() {
    return "the portal's token is invalid or expired"
  }
}

/** Where the host's portal is, as an https or http address; null where it says nothing. */
export class PortalAddress extends Context.Reference<PortalAddress>()("billwright/PortalAddress", {
  defaultValue: (): string | null => null
}) {}

const SESSION_HOURS = 12

export interface PortalSession {
  /** What `open` takes; safe in an address. A secret of the customer. */
  readonly token: string
  /** The portal's address with the token as its parameter `token`; null where the host named none. */
  readonly url: string | null
  readonly expires_at: DateTime.Utc
}

export interface PortalOwner {
  readonly organization_id: OrganizationId
  readonly customer_id: CustomerId
}

const Create = Schema.Struct({ external_customer_id: Text.atMost(255) })
export type CreateSessionInput = typeof Create.Encoded
const decodeCreate = decodeInput(Create)

const Claims = Schema.parseJson(Schema.Struct({ organization_id: OrganizationId, customer_id: CustomerId, expires_at: Schema.Number }))
const claimsOf = Schema.decodeUnknownOption(Claims)

const PLACE = "portal session"
const LONGEST_TOKEN = 2048

const addressWith = (address: string | null, token: string): string | null => {
  if (address === null) return null
  const url = new URL(address)
  url.searchParams.set("token", token)
  return url.href
}

export interface PortalsShape {
  /**
   * A session of a customer, for 12 hours.
   *
   * Fails with `InvalidInput`, `CustomerNotFound`, `AdapterMissing` where the host gave no key for secrets.
   */
  readonly createSession: (
    input: CreateSessionInput
  ) => Effect.Effect<PortalSession, InvalidInput | CustomerNotFound | AdapterMissing | StorageError, CurrentOrganization>
  /** Whose session a token is. Fails with `PortalTokenInvalid`, `AdapterMissing`. */
  readonly open: (token: string) => Effect.Effect<PortalOwner, PortalTokenInvalid | AdapterMissing | StorageError>
}

export class Portals extends Context.Tag("billwright/Portals")<Portals, PortalsShape>() {
  static readonly layer: Layer.Layer<Portals, never, CustomerStore> = Layer.effect(
    Portals,
    Effect.gen(function* () {
      const customers = yield* CustomerStore
      const box = yield* Secrets
      const address = yield* PortalAddress

      return Portals.of({
        createSession: Effect.fn("Portals.createSession")(function* (input) {
          const { external_customer_id: external_id } = yield* decodeCreate(input)
          const customer = (yield* customers.find({ external_id })) ?? (yield* new CustomerNotFound({ id: external_id }))
          const expires_at = DateTime.add(yield* DateTime.now, { hours: SESSION_HOURS })
          const { id: customer_id, organization_id } = customer
          const claims = JSON.stringify({ organization_id, customer_id, expires_at: expires_at.epochMillis })
          const token = yield* box.seal(new TextEncoder().encode(claims), PLACE)
          return { token, url: addressWith(address, token), expires_at }
        }),

        open: Effect.fn("Portals.open")(function* (token) {
          if (typeof token !== "string" || token.length > LONGEST_TOKEN) return yield* new PortalTokenInvalid()
          const opened = yield* Effect.catchTag(box.open(token, PLACE), "SecretUnreadable", () => new PortalTokenInvalid())
          const claims = claimsOf(new TextDecoder().decode(opened))
          if (claims._tag === "None") return yield* new PortalTokenInvalid()
          const { customer_id, expires_at, organization_id } = claims.value
          if (DateTime.greaterThanOrEqualTo(yield* DateTime.now, instant(expires_at))) return yield* new PortalTokenInvalid()
          const [customer] = yield* Effect.provideService(customers.load([customer_id]), CurrentOrganization, organization_id)
          return customer === undefined ? yield* new PortalTokenInvalid() : { organization_id, customer_id }
        })
      })
    })
  )
}
