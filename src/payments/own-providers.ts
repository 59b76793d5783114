/**
 * On whose account a provider is called: the organization's own, where it has connected one, else the host's. Looked up for each run and each call, so
 * that keys count from the moment they are changed.
 */
import { Context, type DateTime, Effect } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import type { ProviderName } from "./payment.js"
import { type PaymentProvider, PaymentProviders } from "./provider.js"

/** An account of the organization's own. While there is one, nothing new goes over the host's. */
export interface OwnAccount {
  /** Since when. What was called before was called on the host's account, and stays there. */
  readonly since: DateTime.Utc
  /** Null while nothing is to be charged or returned on it. */
  readonly calling: PaymentProvider | null
  /** What reads its webhooks: what came in counts, whether the account is still in use or not. */
  readonly hearing: PaymentProvider | null
}

/** The accounts of the organization by the provider's name; null where organizations have none of their own. Integrations fill it. */
export class OwnProviders extends Context.Reference<OwnProviders>()("billwright/OwnProviders", {
  defaultValue: (): Effect.Effect<ReadonlyMap<string, OwnAccount>, StorageError, CurrentOrganization> | null => null
}) {}

/** `called_at` is when a provider was called first for what it is asked about now, and null where it was not yet. */
type ProviderOf = (name: ProviderName, called_at: DateTime.Utc | null) => PaymentProvider | undefined

type Lookup<A> = Effect.Effect<A, StorageError, CurrentOrganization>

interface ProviderLookup {
  readonly toCall: Lookup<ProviderOf>
  /** Who may have sent a webhook: the organization's own account, then the host's, on which something may be under way still. */
  readonly toHear: Lookup<(name: string) => ReadonlyArray<PaymentProvider>>
}

/** The organization's providers by name: one statement each time it is asked, none where organizations have no accounts of their own. */
export const providerLookup: Effect.Effect<ProviderLookup> = Effect.gen(function* () {
  const hosts = yield* PaymentProviders
  const own = yield* OwnProviders
  const accounts = own ?? Effect.succeed<ReadonlyMap<string, OwnAccount>>(new Map())
  return {
    toCall: Effect.map(
      accounts,
      (found): ProviderOf =>
        (name, called_at) => {
          const account = found.get(name)
          const onHosts = account === undefined || (called_at !== null && called_at.epochMillis < account.since.epochMillis)
          return onHosts ? hosts.get(name) : (account.calling ?? undefined)
        }
    ),
    toHear: Effect.map(
      accounts,
      (found) => (name: string) => [found.get(name)?.hearing ?? [], hosts.get(name as ProviderName) ?? []].flat()
    )
  }
})
