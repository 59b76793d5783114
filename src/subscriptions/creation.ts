/** Making subscriptions: create and activate. */
import { DateTime, Effect } from "effect"
import { CustomerNotFound } from "../accounts/index.js"
import { decodeInput, InvalidInput, localDate } from "../core/index.js"
import { command, type Desk, requireEntity, takePlan } from "./desk.js"
import { CreateSubscription, type CreateSubscriptionInput, type SubscriptionRef } from "./inputs.js"
import { nothingWaits } from "./state.js"
import { type Subscription, SubscriptionId } from "./subscription.js"

const decode = decodeInput(CreateSubscription)

/** The start by plan: as given, else a `subscription_at` in the future, else now. */
const startOf = ({ started_at, subscription_at }: typeof CreateSubscription.Type, now: DateTime.Utc): DateTime.Utc =>
  started_at ?? (subscription_at !== undefined && DateTime.greaterThan(subscription_at, now) ? subscription_at : now)

export const create = (desk: Desk) =>
  Effect.fn("Subscriptions.create")(function* (input: CreateSubscriptionInput) {
    const given = yield* decode(input)
    return yield* desk.unit.transaction(
      Effect.gen(function* () {
        const customer =
          (yield* desk.customers.find({ external_id: given.external_customer_id })) ??
          (yield* new CustomerNotFound({ id: given.external_customer_id }))
        const plan = yield* takePlan(desk, given.plan_code)
        yield* requireEntity(desk, given.billing_entity_id)
        const now = yield* DateTime.now
        const starts_at = startOf(given, now)
        const pending = DateTime.greaterThan(starts_at, now)
        if (given.ending_at !== undefined && DateTime.lessThanOrEqualTo(given.ending_at, starts_at)) {
          return yield* new InvalidInput({ field: "ending_at", reason: "expected an instant after the start" })
        }
        const subscription_at = given.subscription_at ?? starts_at
        const row: Subscription = {
          id: SubscriptionId.make(yield* desk.ids.next),
          organization_id: customer.organization_id,
          external_id: given.external_id,
          customer_id: customer.id,
          plan_id: plan.id,
          plan_version: plan.version,
          status: pending ? "pending" : "active",
          billing_time: given.billing_time,
          pay_in_advance: given.pay_in_advance,
          trial_period_days: given.trial_period_days ?? plan.trial_period_days,
          trial_ended_at: null,
          subscription_at,
          anchor_date: localDate(subscription_at, customer.timezone),
          ...nothingWaits,
          migrates_to_version: null,
          billing_entity_id: given.billing_entity_id ?? null,
          on_termination_action: given.on_termination_action,
          starts_at,
          started_at: pending ? null : starts_at,
          ending_at: given.ending_at ?? null,
          canceled_at: null,
          paused_at: null,
          resumed_at: null,
          window_start: null,
          window_first_day: null,
          period_first_day: null,
          next_first_day: null,
          next_due_at: starts_at,
          created_at: now,
          updated_at: now
        }
        yield* desk.store.insert(row)
        return pending ? row : yield* desk.billing.start(row, now)
      })
    )
  })

export const activate = (desk: Desk) =>
  Effect.fn("Subscriptions.activate")((ref: SubscriptionRef) =>
    command(desk, ref, "activate", ({ now, row, to }) => desk.billing.start({ ...row, status: to, starts_at: now, started_at: now }, now))
  )
