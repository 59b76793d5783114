/**
 * An event: one usage fact, ingested once. Its schemas, and the reading of what callers give, written by hand because
 * every event passes here.
 */
import { Schema } from "effect"
import { InvalidInput } from "../core/errors.js"
import { isPlainDecimal } from "../core/exact.js"
import { brandedId } from "../core/ids.js"
import { Instant } from "../core/instant.js"
import { OrganizationId } from "../core/organization.js"
import { canonicalJson, isUnstorable, Unstorable } from "./canonical-json.js"
import { fingerprint } from "./fingerprint.js"
import type { Properties } from "./property.js"
import { timestampOf } from "./timestamp.js"

export const EventId = brandedId("EventId")
export type EventId = typeof EventId.Type

const Name = Schema.String.pipe(Schema.minLength(1), Schema.maxLength(255))

/** An event as a host sends it. */
export const EventInput = Schema.Struct({
  /** The host's own id of the fact: the same one again is a duplicate (P11). */
  transaction_id: Name,
  external_customer_id: Name,
  /** Names the subscription that it counts for; without, the customer's oldest one that has the metric (P10). */
  external_subscription_id: Schema.optional(Schema.NullOr(Name)),
  /** The metric's code. */
  code: Name,
  /** ISO 8601 with zone, a `Date` or a `DateTime.Utc`; 1970 to 9999. */
  timestamp: Instant,
  /** A flat map of JSON values, at most 64 KB. */
  properties: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Unknown })),
  /** The event's own price in minor units, a plain decimal of up to 15 decimals (dynamic charges). */
  precise_total_amount_cents: Schema.optional(Schema.NullOr(Schema.String))
})
export type EventInput = typeof EventInput.Encoded

export const Event = Schema.Struct({
  id: EventId,
  organization_id: OrganizationId,
  transaction_id: Name,
  external_customer_id: Name,
  external_subscription_id: Schema.NullOr(Name),
  code: Name,
  timestamp: Instant,
  properties: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
  precise_total_amount_cents: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type Event = typeof Event.Type

/** An event that was read: its fields as they are stored. */
export interface EventFact {
  readonly transaction_id: string
  readonly external_customer_id: string
  readonly external_subscription_id: string | null
  readonly code: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** The same as ISO 8601 in UTC, with milliseconds. */
  readonly timestamp: string
  readonly properties: Properties
  /** The properties as canonical JSON. */
  readonly json: string
  readonly precise_total_amount_cents: string | null
  /** Equal for equal content; 53 bits. */
  readonly fingerprint: number
}

const FIELDS: ReadonlySet<string> = new Set(Object.keys(EventInput.fields))

const MAX_LENGTH = 255

const name = (value: unknown, field: string): string => {
  if (typeof value !== "string") throw new Unstorable(field, "expected text of 1 to 255 characters")
  if (value.length > MAX_LENGTH && (value.length > 2 * MAX_LENGTH || [...value].length > MAX_LENGTH)) {
    throw new Unstorable(field, "expected at most 255 characters")
  }
  if (value.trim() === "") throw new Unstorable(field, "expected 1 to 255 characters")
  if (isUnstorable(value)) throw new Unstorable(field, "text with NUL or an unpaired surrogate")
  return value
}

const optionalName = (value: unknown, field: string): string | null => (value === undefined || value === null ? null : name(value, field))

const priceOf = (value: unknown): string | null => {
  if (value === undefined || value === null) return null
  const field = "precise_total_amount_cents"
  if (typeof value !== "string" || value.length > 64 || !isPlainDecimal(value)) {
    throw new Unstorable(field, "expected a plain decimal as text, such as 12.5")
  }
  const point = value.indexOf(".")
  if (point >= 0 && value.length - point - 1 > 15) throw new Unstorable(field, "expected at most 15 decimals")
  return value
}

const COMMON_FORM = /^.{23}Z$/

/** A text that is written the common way stays as it is. */
const isoOf = (value: unknown, at: number): string =>
  typeof value === "string" && COMMON_FORM.test(value) ? value : new Date(at).toISOString()

const millisOf = (value: unknown): number => {
  const at = timestampOf(value)
  if (typeof at === "string") throw new Unstorable("timestamp", at)
  return at
}

const NO_PROPERTIES: Properties = Object.freeze({})

const propertiesOf = (value: unknown): Properties => {
  if (value === undefined) return NO_PROPERTIES
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Unstorable("properties", "expected an object")
  return value as Properties
}

const read = (input: unknown): EventFact => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) throw new Unstorable("event", "expected an object")
  for (const key of Object.keys(input)) if (!FIELDS.has(key)) throw new Unstorable(key.slice(0, 100), "unknown field")
  const given = input as Readonly<Record<string, unknown>>
  const transaction_id = name(given.transaction_id, "transaction_id")
  const external_customer_id = name(given.external_customer_id, "external_customer_id")
  const external_subscription_id = optionalName(given.external_subscription_id, "external_subscription_id")
  const code = name(given.code, "code")
  const at = millisOf(given.timestamp)
  const properties = propertiesOf(given.properties)
  const json = properties === NO_PROPERTIES ? "{}" : canonicalJson(properties, "properties")
  const precise_total_amount_cents = priceOf(given.precise_total_amount_cents)
  return {
    transaction_id,
    external_customer_id,
    external_subscription_id,
    code,
    at,
    timestamp: isoOf(given.timestamp, at),
    properties,
    json,
    precise_total_amount_cents,
    fingerprint: fingerprint([external_customer_id, external_subscription_id, code, String(at), json, precise_total_amount_cents])
  }
}

/**
 * Reads what a caller gives for an event, or says which field is wrong and why; paths are relative to the event
 * (`properties.tags[2]`). Never throws, whatever the input does.
 */
export const readEvent = (input: unknown): EventFact | InvalidInput => {
  try {
    return read(input)
  } catch (error) {
    return error instanceof Unstorable
      ? new InvalidInput({ field: error.path.slice(0, 300), reason: error.reason })
      : new InvalidInput({ field: "event", reason: "cannot be read" })
  }
}

/** What was given as transaction id, for naming a refused event. */
export const transactionIdOf = (input: unknown): string | null => {
  try {
    const given = typeof input === "object" && input !== null ? (input as Readonly<Record<string, unknown>>).transaction_id : null
    return typeof given === "string" ? given.slice(0, 255) : null
  } catch {
    return null
  }
}

/** The fields that decide whether two events of one transaction id are the same, in the order in which they are named. */
export interface EventContent {
  readonly external_customer_id: string
  readonly external_subscription_id: string | null
  readonly code: string
  readonly at: number
  /** Canonical JSON. */
  readonly json: string
  readonly precise_total_amount_cents: string | null
}

const COMPARED = [
  ["external_customer_id", "external_customer_id"],
  ["external_subscription_id", "external_subscription_id"],
  ["code", "code"],
  ["at", "timestamp"],
  ["json", "properties"],
  ["precise_total_amount_cents", "precise_total_amount_cents"]
] as const

/** The first field in which a known event differs from a new one of its transaction id; undefined for a duplicate (P11). */
export const conflictingField = (known: EventContent, given: EventContent): string | undefined =>
  COMPARED.find(([key]) => known[key] !== given[key])?.[1]
