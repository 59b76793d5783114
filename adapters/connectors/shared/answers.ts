/** What connectors answer, and how they read what systems say: nothing of it is believed before it was looked at. */
import { Effect, Predicate } from "effect"
import type { JsonObject } from "../../../src/core/index.js"
import {
  type Connection,
  type ConnectorAnswer,
  type ConnectorFailure,
  type ConnectorSuccess,
  failureOf
} from "../../../src/integrations/index.js"

export const success = (external_id: string | null, external_data: JsonObject = {}, details: JsonObject = {}): ConnectorSuccess => ({
  success: true,
  external_id,
  external_data,
  error: null,
  details
})

/** An answer whatever comes of a call. */
export const answered = <A extends ConnectorAnswer>(call: Effect.Effect<A, ConnectorFailure>): Effect.Effect<A | ConnectorFailure> =>
  Effect.merge(call)

/** A text setting; a failure that names it where it is missing. `shape` is what it has to look like. */
export const setting = (connection: Connection, name: string, shape = /^[^\r\n]{1,2000}$/): Effect.Effect<string, ConnectorFailure> => {
  const value = connection.settings[name]
  const text = typeof value === "number" ? String(value) : value
  return typeof text === "string" && shape.test(text)
    ? Effect.succeed(text)
    : Effect.fail(failureOf("settings", `settings.${name} is missing, or is none`, { setting: name }))
}

/** A text setting that may be left out. */
export const optionalSetting = (connection: Connection, name: string, fallback: string): string => {
  const value = connection.settings[name]
  return typeof value === "string" && value !== "" ? value : fallback
}

/** A field of what a system said, down a path; undefined where there is none. */
export const at = (json: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (value, key) => (Array.isArray(value) ? value[key as number] : Predicate.isRecord(value) ? value[String(key)] : undefined),
    json
  )

/** A text, or a number as text; undefined where it is neither. */
export const textAt = (json: unknown, ...path: ReadonlyArray<string | number>): string | undefined => {
  const value = at(json, ...path)
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : undefined
}

export const listAt = (json: unknown, ...path: ReadonlyArray<string | number>): ReadonlyArray<unknown> => {
  const value = at(json, ...path)
  return Array.isArray(value) ? value : []
}

/** An id that has to be there. */
export const idAt = (json: unknown, ...path: ReadonlyArray<string | number>): Effect.Effect<string, ConnectorFailure> => {
  const id = textAt(json, ...path)
  return id === undefined || id === "" ? Effect.fail(failureOf("unreadable", "the answer names no id")) : Effect.succeed(id)
}
