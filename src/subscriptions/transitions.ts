/** The state machine of a subscription as one table; the documentation prints it. */
import { Either } from "effect"
import { InvalidTransition } from "../core/index.js"
import type { Subscription, SubscriptionStatus } from "./subscription.js"

export type SubscriptionAction = "activate" | "pause" | "resume" | "cancel" | "terminate" | "change_plan"

/** From which status an action leads where. What is not listed is refused. */
export const subscriptionTransitions: Readonly<
  Record<SubscriptionAction, Partial<Readonly<Record<SubscriptionStatus, SubscriptionStatus>>>>
> = {
  activate: { pending: "active" },
  pause: { active: "paused" },
  resume: { paused: "active" },
  cancel: { pending: "canceled", active: "canceled", paused: "canceled" },
  terminate: { pending: "terminated", active: "terminated", paused: "terminated", canceled: "terminated" },
  change_plan: { pending: "pending", active: "active" }
}

/** The status that an action leads to; a canceled subscription that never started is over. */
export const transition = (
  row: Pick<Subscription, "id" | "status" | "started_at">,
  action: SubscriptionAction
): Either.Either<SubscriptionStatus, InvalidTransition> => {
  const over = row.status === "canceled" && row.started_at === null
  const to = over ? undefined : subscriptionTransitions[action][row.status]
  return to === undefined
    ? Either.left(new InvalidTransition({ entity: "Subscription", id: row.id, from: row.status, action }))
    : Either.right(to)
}
