/** The state machine of a payment as one table; the documentation prints it. */
import { Either } from "effect"
import { InvalidTransition } from "../core/index.js"
import type { Payment, PaymentStatus } from "./payment.js"

/**
 * `succeed_late`: the provider's word that a payment which was given up came in after all. `fail_late`: its word that what it had called
 * off was declined; so two words without money come to the same in either order.
 */
export type PaymentAction =
  | "advance"
  | "succeed"
  | "fail"
  | "cancel"
  | "retry"
  | "succeed_late"
  | "fail_late"
  | "refund"
  | "refund_rest"
  | "delete"

/** From which status an action leads where. What is not listed is refused; from a provider it is ignored. */
export const paymentTransitions: Readonly<Record<PaymentAction, Partial<Readonly<Record<PaymentStatus, PaymentStatus>>>>> = {
  advance: { pending: "processing" },
  succeed: { pending: "succeeded", processing: "succeeded" },
  fail: { pending: "failed", processing: "failed" },
  cancel: { pending: "canceled", processing: "canceled" },
  retry: { failed: "pending" },
  succeed_late: { failed: "succeeded", canceled: "succeeded" },
  fail_late: { canceled: "failed" },
  refund: { succeeded: "succeeded" },
  refund_rest: { succeeded: "refunded" },
  delete: { pending: "pending" }
}

/** The status that an action leads to. */
export const paymentTransition = (
  { id, status }: Pick<Payment, "id" | "status">,
  action: PaymentAction
): Either.Either<PaymentStatus, InvalidTransition> => {
  const to = paymentTransitions[action][status]
  return to === undefined ? Either.left(new InvalidTransition({ entity: "Payment", id, from: status, action })) : Either.right(to)
}
