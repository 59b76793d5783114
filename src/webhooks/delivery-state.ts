/** The state machine of a webhook: what a try makes of it, and of its endpoint. Pure. */
import { DateTime, Either } from "effect"
import { InvalidTransition } from "../core/index.js"
import type { DeliveryFailed } from "./errors.js"
import { type DeliveryTerms, retryAfter, waitBefore } from "./terms.js"
import type { Webhook, WebhookStatus } from "./webhook.js"

/** From which status what leads where; what is not listed is refused. */
export const webhookTransitions = {
  deliver: { pending: "succeeded" },
  fail: { pending: "failed" },
  retry: { failed: "pending" }
} as const satisfies Readonly<Record<string, Partial<Readonly<Record<WebhookStatus, WebhookStatus>>>>>

/** What a receiver answered: `body` is its beginning. */
export interface Answer {
  readonly status: number
  readonly body: string
  readonly retry_after: string | null
}

/** A webhook while somebody is at it. */
export interface ClaimedWebhook
  extends Pick<Webhook, "id" | "organization_id" | "webhook_endpoint_id" | "payload" | "retries" | "max_retries"> {
  /** How many tries were recorded. */
  readonly attempts: number
  /** The try was asked for by hand: none follows. */
  readonly last_try: boolean
  /** Whose it is. */
  readonly claim_id: string
  readonly url: string
  readonly signature_algo: "hmac" | "ed25519"
  readonly failing_since: DateTime.Utc | null
  readonly answering_since: DateTime.Utc | null
}

/** What a try came to. */
export interface Tried {
  readonly claimed: ClaimedWebhook
  readonly attempt_number: number
  readonly success: boolean
  readonly http_status: number | null
  readonly response: string | null
  readonly error_message: string | null
  readonly attempted_at: DateTime.Utc
  readonly retries: number
  readonly status: WebhookStatus
  readonly next_attempt_at: DateTime.Utc | null
}

/** How much of an answer, or of an error, is kept. */
const KEPT = 1000

/** Text as it can be stored: its beginning, without what no engine takes. */
const storableBeginning = (text: string): string =>
  [...text.slice(0, 4 * KEPT)]
    .slice(0, KEPT)
    .map((character) => (character === "\u0000" || /\p{Surrogate}/u.test(character) ? "\ufffd" : character))
    .join("")

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status <= 299

/** The receiver says that it is there no more. */
const GONE = 410

/** It asks to be left alone for a while. */
const asksToWait = ({ status }: Answer): boolean => status === 429 || status === 503

/** A claimed webhook after a try; `random` is from 0 to 1. */
export const afterTry = (
  claimed: ClaimedWebhook,
  outcome: Either.Either<Answer, DeliveryFailed>,
  { retries: schedule }: Pick<DeliveryTerms, "retries">,
  now: DateTime.Utc,
  random: number
): Tried => {
  const answer = Either.getOrNull(outcome)
  const success = answer !== null && isSuccess(answer)
  // The first try is no retry; a try by hand is one.
  const retries = claimed.attempts === 0 ? 0 : claimed.retries + 1
  const again = !success && !claimed.last_try && retries < claimed.max_retries && answer?.status !== GONE
  const asked = answer !== null && asksToWait(answer) ? retryAfter(answer.retry_after, now.epochMillis) : 0
  const wait = Math.max(waitBefore(schedule, retries, random), asked)
  return {
    claimed,
    attempt_number: claimed.attempts,
    success,
    http_status: answer?.status ?? null,
    response: answer === null ? null : storableBeginning(answer.body),
    error_message: success
      ? null
      : storableBeginning(Either.match(outcome, { onLeft: ({ reason }) => reason, onRight: ({ status }) => `answered ${status}` })),
    attempted_at: now,
    retries,
    status: success ? "succeeded" : again ? "pending" : "failed",
    next_attempt_at: again ? DateTime.add(now, { millis: wait }) : null
  }
}

/** What tries make of their endpoint: since when it fails or answers, and whether it is given up. */
export interface EndpointVerdict {
  readonly organization_id: string
  readonly webhook_endpoint_id: string
  readonly failing_since: DateTime.Utc | null
  readonly answering_since: DateTime.Utc | null
  readonly inactive_reason: "gone" | "failing" | null
}

/** The verdicts on the endpoints whose state changes, by their ids. */
export const verdictsOf = (
  tries: ReadonlyArray<Tried>,
  { give_up_after_hours }: Pick<DeliveryTerms, "give_up_after_hours">,
  now: DateTime.Utc
): ReadonlyArray<EndpointVerdict> => {
  const verdicts = new Map<string, EndpointVerdict>()
  for (const { claimed, http_status, success } of tries) {
    const { answering_since, failing_since: before, organization_id, webhook_endpoint_id } = claimed
    const known = verdicts.get(webhook_endpoint_id)
    if (success) {
      if (answering_since === null || known !== undefined) {
        verdicts.set(webhook_endpoint_id, {
          organization_id,
          webhook_endpoint_id,
          failing_since: null,
          answering_since: known === undefined ? (answering_since ?? now) : (known.answering_since ?? now),
          inactive_reason: known?.inactive_reason === "gone" ? "gone" : null
        })
      }
      continue
    }
    const since = known === undefined ? (before ?? now) : (known.failing_since ?? now)
    const tooLong = give_up_after_hours !== null && now.epochMillis - since.epochMillis >= give_up_after_hours * 3_600_000
    const inactive_reason = http_status === GONE || known?.inactive_reason === "gone" ? "gone" : tooLong ? "failing" : null
    if (before === null || inactive_reason !== null) {
      verdicts.set(webhook_endpoint_id, {
        organization_id,
        webhook_endpoint_id,
        failing_since: since,
        answering_since: null,
        inactive_reason
      })
    }
  }
  return [...verdicts.values()].toSorted((a, b) => (a.webhook_endpoint_id < b.webhook_endpoint_id ? -1 : 1))
}

/** A failed webhook that is to be tried once more, at once. Fails with `InvalidTransition`. */
export const retriedByHand = ({ id, status }: Pick<Webhook, "id" | "status">): Either.Either<"pending", InvalidTransition> => {
  const to = status === "failed" ? webhookTransitions.retry[status] : undefined
  return to === undefined ? Either.left(new InvalidTransition({ entity: "Webhook", id, from: status, action: "retry" })) : Either.right(to)
}
