/** A case of the conformance suite: what every adapter's stores must do, as an effect over them. */
import { strict as assert } from "node:assert"
import { DateTime, Effect } from "effect"
import { type Organization, OrganizationStore } from "../../../src/accounts/index.js"
import type { Stores } from "../../../src/client/index.js"
import { CurrencyCode, CurrentOrganization, Ids, OrganizationId, TimeZone } from "../../../src/core/index.js"

export interface ConformanceCase {
  readonly name: string
  /** Runs on behalf of an organization that nothing else uses; fails or dies where the stores do not conform. */
  readonly run: Effect.Effect<void, unknown, Stores | Ids | CurrentOrganization>
}

export const newOrganization = Effect.gen(function* () {
  const ids = yield* Ids
  const now = yield* DateTime.now
  const organization: Organization = {
    id: OrganizationId.make(yield* ids.next),
    name: "Conformance",
    default_currency: CurrencyCode.make("EUR"),
    timezone: TimeZone.make("UTC"),
    logo_url: null,
    portal_accent_color: null,
    portal_welcome_message: null,
    created_at: now,
    updated_at: now
  }
  yield* Effect.flatMap(OrganizationStore, (store) => store.insert(organization))
  return organization
})

/** Runs an effect on behalf of another, new organization. */
export const elsewhere = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(newOrganization, ({ id }) => Effect.provideService(effect, CurrentOrganization, id))

export const same = (actual: unknown, expected: unknown, what: string) => Effect.sync(() => assert.deepStrictEqual(actual, expected, what))

/** The failure of an effect that must fail. */
export const failureOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flip(effect).pipe(Effect.mapError((value) => new Error(`expected a failure, got ${JSON.stringify(value)}`)))
