/** Reading untrusted properties: what stands where, and the first thing that is wrong with it. */
import * as Either from "effect/Either"
import { InvalidChargeProperties } from "../errors.js"

export type Checked<A> = Either.Either<A, InvalidChargeProperties>

/** A value and its path; `value` undefined: there is none. */
export interface Found {
  readonly path: string
  readonly value: unknown
}

export const refuse = (path: string, reason: string): Checked<never> => Either.left(new InvalidChargeProperties({ path, reason }))

/** Keeps a checked value only where something more holds of it. */
export const ensure = <A>(checked: Checked<A>, holds: (value: A) => boolean, path: string, reason: string): Checked<A> =>
  Either.flatMap(checked, (value) => (holds(value) ? checked : refuse(path, reason)))

/** An object with fields: not null, not a list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** An own field: nothing is ever read from a prototype. */
export const own = (record: object, name: string): unknown =>
  Object.hasOwn(record, name) ? (record as Readonly<Record<string, unknown>>)[name] : undefined

/** Paths name what the caller wrote, but a name of a megabyte stays out of errors. */
const SHOWN = 64
export const shown = (name: string): string => (name.length > SHOWN ? `${name.slice(0, SHOWN)}…` : name)

/** The first field that is not one of `names`. */
export const refuseOthers = (record: object, names: ReadonlyArray<string>, path: string, reason: string): Checked<void> => {
  const stranger = Object.keys(record).find((name) => !names.includes(name))
  return stranger === undefined ? Either.void : refuse(`${path}.${shown(stranger)}`, reason)
}
