/** The service of the rules that top wallets up. */
import { Context, DateTime, Effect, Layer } from "effect"
import { CustomerStore } from "../../accounts/index.js"
import {
  addDays,
  type CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  InvalidTransition,
  isUuid,
  localDate,
  type StorageError,
  Transactor
} from "../../core/index.js"
import { WalletNotFound, WalletRuleNotFound } from "../errors.js"
import { NewRule, type NewRuleInput } from "./inputs.js"
import type { Wallet, WalletRule, WalletRuleId } from "./rows.js"
import { WalletStore } from "./store.js"

/** A new rule: it looks at the days from the one on which it is made. */
export const ruleOf = (given: typeof NewRule.Type, id: string, wallet: Wallet, timezone: string, now: DateTime.Utc): WalletRule => ({
  ...given,
  id: id as WalletRuleId,
  organization_id: wallet.organization_id,
  wallet_id: wallet.id,
  status: "active",
  done_until: addDays(localDate(now, timezone), -1),
  created_at: now,
  updated_at: now
})

export interface WalletRulesShape {
  /** The rules of a wallet, oldest first. Fails with `WalletNotFound`. */
  readonly list: (wallet_id: string) => Effect.Effect<ReadonlyArray<WalletRule>, WalletNotFound | StorageError, CurrentOrganization>
  /** Fails with `WalletNotFound`, `InvalidInput`, `InvalidTransition` where the wallet has ended. */
  readonly create: (
    wallet_id: string,
    input: NewRuleInput
  ) => Effect.Effect<WalletRule, WalletNotFound | InvalidInput | InvalidTransition | StorageError, CurrentOrganization>
  /** Ends a rule: it tops up no more. Fails with `WalletRuleNotFound`, `InvalidTransition` on one that has ended. */
  readonly terminate: (
    wallet_id: string,
    rule_id: string
  ) => Effect.Effect<WalletRule, WalletNotFound | WalletRuleNotFound | InvalidTransition | StorageError, CurrentOrganization>
}

const decodeNew = decodeInput(NewRule)

export class WalletRules extends Context.Tag("billwright/WalletRules")<WalletRules, WalletRulesShape>() {
  static readonly layer: Layer.Layer<WalletRules, never, WalletStore | CustomerStore | Transactor | Ids> = Layer.effect(
    WalletRules,
    Effect.gen(function* () {
      const store = yield* WalletStore
      const customers = yield* CustomerStore
      const unit = yield* Transactor
      const ids = yield* Ids

      const require = (id: string, wallet: Wallet | undefined) =>
        wallet === undefined ? new WalletNotFound({ id }) : Effect.succeed(wallet)

      const lock = Effect.fnUntraced(function* (id: string, now: DateTime.Utc) {
        const [account] = isUuid(id) ? yield* store.lock([id], now) : []
        return yield* require(id, account?.wallet)
      })

      return WalletRules.of({
        list: Effect.fn("WalletRules.list")(function* (wallet_id) {
          const [wallet] = isUuid(wallet_id) ? yield* store.load([wallet_id]) : []
          return yield* store.rulesOf([(yield* require(wallet_id, wallet)).id])
        }),

        create: Effect.fn("WalletRules.create")(function* (wallet_id, input) {
          const given = yield* decodeNew(input)
          const now = yield* DateTime.now
          return yield* unit.transaction(
            Effect.gen(function* () {
              const wallet = yield* lock(wallet_id, now)
              const { id, status } = wallet
              if (status !== "active") return yield* new InvalidTransition({ entity: "Wallet", id, from: status, action: "add a rule" })
              const [customer] = yield* customers.load([wallet.customer_id])
              const rule = ruleOf(given, yield* ids.next, wallet, customer!.timezone, now)
              yield* store.insertRules([rule])
              return rule
            })
          )
        }),

        terminate: Effect.fn("WalletRules.terminate")(function* (wallet_id, rule_id) {
          const now = yield* DateTime.now
          return yield* unit.transaction(
            Effect.gen(function* () {
              const wallet = yield* lock(wallet_id, now)
              const rule = (yield* store.rulesOf([wallet.id])).find(({ id }) => id === rule_id)
              if (rule === undefined) return yield* new WalletRuleNotFound({ id: rule_id })
              if (rule.status !== "active") {
                return yield* new InvalidTransition({ entity: "WalletRule", id: rule_id, from: rule.status, action: "terminate" })
              }
              const after: WalletRule = { ...rule, status: "terminated", updated_at: now }
              yield* store.saveRules([after])
              return after
            })
          )
        })
      })
    })
  )
}
