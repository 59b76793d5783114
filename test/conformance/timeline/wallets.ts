/** Wallets in a case: the steps on them, and their state by their codes. */
import { Effect } from "effect"
import { type Wallet, Wallets } from "../../../src/credits/index.js"
import type { World } from "./world.js"

const ALL = { limit: 1000, order_by: "created_at:asc" } as const

const allWallets = Effect.flatMap(Wallets, (service) => Effect.map(service.list(ALL), (page) => page.items))

/** The wallet that a case calls by its code. */
const walletCalled = (code: string) =>
  Effect.map(allWallets, (wallets): Wallet => {
    const wallet = wallets.find((one) => one.code === code)
    if (wallet === undefined) throw new RangeError(`there is no wallet ${code}`)
    return wallet
  })

interface OfWallet {
  readonly wallet: string
}

const onWallet =
  <A, E, R>(act: (service: typeof Wallets.Service, ref: { readonly id: string }, given: object) => Effect.Effect<A, E, R>) =>
  ({ wallet, ...given }: OfWallet) =>
    Effect.flatMap(walletCalled(wallet), ({ id }) => Effect.flatMap(Wallets, (service) => act(service, { id }, given)))

export const walletVerbs = {
  create_wallet: ({ customer, wallet, ...given }: OfWallet & { readonly customer?: string }, world: World) =>
    Effect.flatMap(Wallets, (service) =>
      service.create({ external_customer_id: customer ?? world.customer, code: wallet, ...given } as never)
    ),
  top_up: onWallet((service, ref, given) => service.topUp(ref, given as never)),
  void_credits: onWallet((service, ref, given) => service.voidCredits(ref, given as never)),
  terminate_wallet: onWallet((service, ref) => service.terminate(ref)),
  run_wallets: () => Effect.flatMap(Wallets, (service) => service.runDue())
}

const walletState = (wallet: Wallet) =>
  Effect.gen(function* () {
    const service = yield* Wallets
    const { ongoing_balance_cents } = yield* service.balances(wallet)
    const { items: transactions } = yield* service.transactions({ ...ALL, wallet_id: wallet.id })
    return [wallet.code, { ...wallet, ongoing_balance_cents, transactions }] as const
  })

/** Every wallet with its movements, by its code. */
export const walletStates = Effect.flatMap(allWallets, (wallets) =>
  Effect.map(Effect.forEach(wallets, walletState), (entries) => Object.fromEntries(entries))
)
