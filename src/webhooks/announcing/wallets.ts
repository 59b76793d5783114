/** What is told of wallets and their movements. */
import { Effect, Layer } from "effect"
import { type Wallet, type WalletRecord, WalletStore, type WalletTransaction } from "../../credits/index.js"
import type { WebhookEvent } from "../event.js"
import { Outbox } from "../outbox.js"
import { byId, writesOver } from "./writes.js"

type WalletEvent = "wallet.created" | "wallet.terminated" | "wallet.depleted"

const walletTold = (type: WalletEvent, wallet: Wallet): WebhookEvent => ({
  type,
  organization_id: wallet.organization_id,
  object_id: wallet.id,
  data: {
    customer_id: wallet.customer_id,
    code: wallet.code,
    balance_cents: String(wallet.balance_cents),
    credits_balance: wallet.credits_balance,
    currency: wallet.currency
  }
})

const movementTold = (type: "wallet.transaction.created" | "wallet.transaction.updated", movement: WalletTransaction): WebhookEvent => ({
  type,
  organization_id: movement.organization_id,
  object_id: movement.id,
  data: {
    wallet_id: movement.wallet_id,
    customer_id: movement.customer_id,
    transaction_type: movement.transaction_type,
    transaction_status: movement.transaction_status,
    source: movement.source,
    status: movement.status,
    amount: String(movement.amount),
    credit_amount: movement.credit_amount,
    invoice_id: movement.invoice_id
  }
})

/** What is known before a record is written: its wallets, and those of its movements that waited to be paid. */
interface Before {
  readonly wallets: ReadonlyMap<string, Wallet>
  readonly pending: ReadonlySet<string>
}

/** What a record tells. Pure. */
const walletsChanged = ({ changed, made, wallets }: WalletRecord, before: Before): ReadonlyArray<WebhookEvent> => {
  const used = new Set(made.filter(({ transaction_status }) => transaction_status === "invoiced").map(({ wallet_id }) => wallet_id))
  return [
    ...made.map((movement) => movementTold("wallet.transaction.created", movement)),
    ...changed
      .filter(({ id, status }) => status !== "pending" && before.pending.has(id))
      .map((movement) => movementTold("wallet.transaction.updated", movement)),
    ...wallets
      .filter(({ balance_cents, id }) => balance_cents === 0n && used.has(id))
      .map((wallet) => walletTold("wallet.depleted", wallet)),
    ...wallets
      .filter(({ id, status }) => status === "terminated" && before.wallets.get(id)?.status === "active")
      .map((wallet) => walletTold("wallet.terminated", wallet))
  ]
}

/** The rows of a record that may have something to tell; setting aside and letting go has nothing. */
const telling = ({ changed, made, wallets }: WalletRecord): ReadonlyArray<Wallet | WalletTransaction> => [
  ...made,
  ...changed,
  ...wallets.filter(({ status }) => status === "terminated")
]

export const walletsLayer: Layer.Layer<WalletStore, never, WalletStore | Outbox> = Layer.effect(
  WalletStore,
  Effect.gen(function* () {
    const store = yield* WalletStore
    const { ofRows } = writesOver(yield* Outbox)

    const before = Effect.fnUntraced(function* ({ changed, wallets }: WalletRecord) {
      const ending = wallets.filter(({ status }) => status === "terminated").map(({ id }) => id)
      const buying = [...new Set(changed.map(({ wallet_id }) => wallet_id))]
      return {
        wallets: byId(ending.length === 0 ? [] : yield* store.load(ending)),
        pending: new Set<string>(buying.length === 0 ? [] : (yield* store.pending({ wallet_ids: buying })).map(({ id }) => id))
      }
    })

    return WalletStore.of({
      ...store,
      insert: (wallet) => ofRows([wallet], store.insert(wallet), { events: () => [walletTold("wallet.created", wallet)] }),
      record: (record) =>
        ofRows(telling(record), store.record(record), { before: before(record), events: (known) => walletsChanged(record, known) })
    })
  })
)
