/**
 * Webhooks against what they tell and against their tries: all that one event made says the same of the same row (S2), and every try is on
 * record, in number as many as may be, the last one as the webhook stands (Q2). Pure.
 */
import type { Invariant, Violation } from "./violation.js"

/** A webhook with what its body says and the sums of its tries. */
export interface RawWebhook {
  readonly id: string
  readonly organization_id: string
  readonly webhook_type: string
  readonly object_type: string
  readonly object_id: string
  readonly payload: string
  readonly status: string
  readonly retries: number
  readonly max_retries: number
  readonly attempts: number
  /** Somebody asked for its last try by hand. */
  readonly last_try: boolean
  /** Tries on record, the highest number among them (−1 where there is none), those that succeeded, and whether the last one did. */
  readonly recorded: number
  readonly last_number: number
  readonly succeeded: number
  readonly last_succeeded: boolean
  /** Webhooks of the same event that say something else. */
  readonly differing: number
}

/** What a body says of itself; undefined where it is none. */
const readBody = (payload: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const body: unknown = JSON.parse(payload)
    return typeof body === "object" && body !== null ? (body as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** What does not hold of a webhook. */
export const checkWebhook = (webhook: RawWebhook): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const add = (code: Invariant, reason: string) => found.push({ code, table: "webhooks", id: webhook.id, reason })
  const { attempts, last_number, last_succeeded, last_try, max_retries, recorded, retries, status, succeeded } = webhook
  const body = readBody(webhook.payload)
  const columns = {
    id: webhook.id,
    type: webhook.webhook_type,
    organization_id: webhook.organization_id,
    object_type: webhook.object_type,
    object_id: webhook.object_id
  }
  const wrong = Object.entries(columns).filter(([key, value]) => body?.[key] !== value)
  if (wrong.length > 0) add("S2", `its body says another ${wrong.map(([key]) => key).join(", ")}`)
  if (webhook.differing > 0) add("S2", `${webhook.differing} webhooks of its event are about something else`)
  if (recorded !== attempts || last_number !== attempts - 1)
    add("Q2", `${attempts} tries, and ${recorded} on record, numbered to ${last_number}`)
  if (retries !== Math.max(0, attempts - 1)) add("Q2", `${retries} retries in ${attempts} tries`)
  if (retries > max_retries && !last_try) add("Q2", `${retries} retries of at most ${max_retries}`)
  const done = status === "succeeded"
  if (succeeded !== (done ? 1 : 0) || (done && !last_succeeded)) add("Q2", `${status}, and ${succeeded} of its tries succeeded`)
  return found
}
