/**
 * On whose account a provider is called: the organization's own, where it has connected one, else the host's. Looked up for each run and each call, so
 * that keys count from the moment they are changed.
 */
import { Context, Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { ProviderName } from "./payment.js"
import { type PaymentProvider, PaymentProviders } from "./provider.js"

/** An account of the organization's own. While there is one, nothing goes over the host's. */
export interface OwnAccount {
  /** Null while nothing is to be charged or returned on it. */
  readonly calling: PaymentProvider | null
  /** What reads its webhooks: what came in counts, whether the account is still in use or not. */
  readonly hearing: PaymentProvider | null
}

/** The accounts of the organization by the provider's name; null where organizations have none of their own. Integrations fill it. */
export class OwnProviders extends Context.Reference<OwnProviders>()("billwright/OwnProviders", {
  defaultValue: (): Effect.Effect<ReadonlyMap<string, OwnAccount>, StorageError, CurrentOrganization> | null => null
}) {}

type Lookup = Effect.Effect<(name: string) => PaymentProvider | undefined, StorageError, CurrentOrganization>

/** The organization's providers by name: one statement each time it is asked, none where organizations have no accounts of their own. */
export const providerLookup: Effect.Effect<{ readonly toCall: Lookup; readonly toHear: Lookup }> = Effect.gen(function* () {
  const hosts = yield* PaymentProviders
  const own = yield* OwnProviders
  const lookup = (use: keyof OwnAccount): Lookup =>
    Effect.map(own ?? Effect.succeed<ReadonlyMap<string, OwnAccount>>(new Map()), (accounts) => (name) => {
      const account = accounts.get(name)
      return account === undefined ? hosts.get(name as ProviderName) : (account[use] ?? undefined)
    })
  return { toCall: lookup("calling"), toHear: lookup("hearing") }
})
