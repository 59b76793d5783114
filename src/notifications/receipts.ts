/** Receipts of gateways: verified, kept, and where they say something new, their message moves forward. In any order, with the same end (F6). */
import { Context, DateTime, Effect, Layer } from "effect"
import { CurrentOrganization, Ids, type SignatureInvalid, type StorageError, Transactor } from "../core/index.js"
import { GatewayNotConfigured, type GatewayRequest, type GatewayWord, MessageGateways } from "./gateway.js"
import type { Notification } from "./notification.js"
import { type DeliveryReceipt, ReceiptId } from "./receipt.js"
import { afterReceipt } from "./state.js"
import { NotificationStore, ReceiptStore } from "./store.js"

/** A webhook of a gateway as the host's route has it. */
export interface ReceivedReceipt extends GatewayRequest {
  readonly gateway: string
}

export interface DeliveryReceiptsShape {
  /**
   * Takes a webhook of a gateway: answer it 200 whatever this answers. Receipts of messages that are not the organization's are kept and change
   * nothing; they are answered like others.
   *
   * Fails with `SignatureInvalid` before anything is read, `GatewayNotConfigured`, `StorageError`.
   *
   * @see spec field-operations 7
   */
  readonly receive: (
    webhook: ReceivedReceipt
  ) => Effect.Effect<
    { readonly receipts: ReadonlyArray<DeliveryReceipt> },
    SignatureInvalid | GatewayNotConfigured | StorageError,
    CurrentOrganization
  >
}

const shortened = (text: string | null, most: number): string | null =>
  text === null ? null : [...text.replaceAll("\u0000", "").replace(/\p{Surrogate}/gu, "\ufffd")].slice(0, most).join("")

/** What a message keeps of a failed receipt. */
const errorOf = ({ error_code, error_message }: Pick<DeliveryReceipt, "error_code" | "error_message">): string =>
  [error_code, error_message].filter((part) => part !== null && part !== "").join(": ") || "the gateway could not deliver it"

/** Receipts applied to their message in order: the message after them, and each receipt with what it did. */
export const applyReceipts = (message: Notification, receipts: ReadonlyArray<DeliveryReceipt>, now: DateTime.Utc) => {
  let after = message
  const applied = receipts.map((receipt): DeliveryReceipt => {
    const moved = afterReceipt(after, { status: receipt.status, error: errorOf(receipt) }, now)
    if (moved !== null) after = { ...moved, updated_at: now }
    return { ...receipt, notification: message.id, had_effect: moved !== null, updated_at: now }
  })
  return { message: after, receipts: applied }
}

export class DeliveryReceipts extends Context.Tag("billwright/DeliveryReceipts")<DeliveryReceipts, DeliveryReceiptsShape>() {
  static readonly layer: Layer.Layer<DeliveryReceipts, never, NotificationStore | ReceiptStore | Transactor | Ids> = Layer.effect(
    DeliveryReceipts,
    Effect.gen(function* () {
      const store = yield* NotificationStore
      const receiptStore = yield* ReceiptStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const gateways = yield* MessageGateways

      const book = (gateway: string, words: ReadonlyArray<GatewayWord>) =>
        Effect.gen(function* () {
          const organization_id = yield* CurrentOrganization
          const now = yield* DateTime.now
          const fresh = yield* ids.many(words.length)
          const receipts = words.map(
            ({ error_code, error_message, gateway_message_id, status }, index): DeliveryReceipt => ({
              id: ReceiptId.make(fresh[index]!),
              organization_id,
              notification: null,
              status,
              gateway,
              gateway_message_id: shortened(gateway_message_id, 100),
              error_code: shortened(error_code, 50),
              error_message: shortened(error_message, 1000) ?? "",
              received_at: now,
              had_effect: false,
              created_at: now,
              updated_at: now
            })
          )
          return yield* transaction(
            Effect.gen(function* () {
              const messages = yield* store.lockByGateway(
                gateway,
                receipts.flatMap(({ gateway_message_id: id }) => (id === null ? [] : [id]))
              )
              const known = new Set(messages.map(({ gateway_message_id }) => gateway_message_id))
              const moved = messages.map((message) =>
                applyReceipts(
                  message,
                  receipts.filter(({ gateway_message_id }) => gateway_message_id === message.gateway_message_id),
                  now
                )
              )
              const kept = [
                ...moved.flatMap((one) => one.receipts),
                ...receipts.filter(({ gateway_message_id }) => !known.has(gateway_message_id))
              ]
              yield* receiptStore.insert(kept)
              yield* store.save(moved.filter((one) => one.receipts.some(({ had_effect }) => had_effect)).map(({ message }) => message))
              return kept
            })
          )
        })

      return DeliveryReceipts.of({
        receive: Effect.fn("DeliveryReceipts.receive")(function* ({ gateway: name, ...request }) {
          const gateway = [...gateways.values()].find((one) => one.name === name)
          if (gateway === undefined || gateway.readWebhook === null) return yield* new GatewayNotConfigured({ gateway: name })
          const words = yield* gateway.readWebhook(request)
          return { receipts: words.length === 0 ? [] : yield* book(name, words) }
        })
      })
    })
  )
}
