/** The Promise face, derived from services: every method as it is, answering a Promise of plain values. */
import { Cause, type Context, Effect, Exit } from "effect"
import { Members } from "../accounts/index.js"
import type { CurrentOrganization } from "../core/index.js"
import { BillingError, isTyped } from "./billing-error.js"
import { type CallOptions, onceFor, withKey } from "./once.js"
import { type Opened, type OpenedServices, withService } from "./opened.js"
import { type Plain, plain } from "./plain.js"
import { rightFor } from "./rights.js"

/** A service's methods as functions that answer Promises. */
export type OperatorFace<Shape> = {
  readonly [K in keyof Shape]: Shape[K] extends (...args: infer A) => Effect.Effect<infer B, infer _E, infer _R>
    ? (...args: A) => Promise<Plain<B>>
    : never
}

/** The same on behalf of an organization: a call can name an idempotency key behind its arguments. */
export type Face<Shape> = {
  readonly [K in keyof Shape]: Shape[K] extends (...args: infer A) => Effect.Effect<infer B, infer _E, infer _R>
    ? (...args: [...A, options?: CallOptions]) => Promise<Plain<B>>
    : never
}

/** Runs an effect over the services of a billing. */
export type Run<R> = <A, E>(effect: Effect.Effect<A, E, R>) => Promise<Exit.Exit<A, unknown>>

/** What an effect failed with, as a Promise rejects with it: a typed failure is a `BillingError`, a bug stays itself. */
export const rejection = (cause: Cause.Cause<unknown>): unknown => {
  // Effect wraps what fails within a span; hosts compare by identity.
  const error = Cause.originalError(Cause.squash(cause))
  return isTyped(error) ? new BillingError(error) : error
}

const settle = <A>(exit: Exit.Exit<A, unknown>): Plain<A> => {
  if (Exit.isSuccess(exit)) return plain(exit.value)
  throw rejection(exit.cause)
}

type Method = (...args: ReadonlyArray<unknown>) => Effect.Effect<unknown, unknown, never>

const operationOf = (service: string, method: string): string => `${service.replace(/^.*[/]/, "")}.${method}`

const call = <Shape>(service: Shape, method: string, args: ReadonlyArray<unknown>) =>
  (service as Readonly<Record<string, Method>>)[method]!(...args)

/** The face of the service `tag`: `model` has its methods, each call takes the service of its run. */
export const operatorFaceOf = <I extends OpenedServices, Shape extends object>(
  tag: Context.Tag<I, Shape>,
  model: Shape,
  run: Run<Opened>
): OperatorFace<Shape> =>
  Object.fromEntries(
    Object.keys(model).map((method) => [
      method,
      (...args: ReadonlyArray<unknown>) => run(withService(tag, (service) => call(service, method, args))).then(settle)
    ])
  ) as unknown as OperatorFace<Shape>

const permitted = (operation: string) => withService(Members, ({ permit }) => permit(rightFor(operation), operation))

/**
 * The same for calls on behalf of an organization, checked where a member makes them: one that names an idempotency key is done once. Where a user acts, the call is
 * theirs: another one's call with the key has other content. A customer's keys are out of everybody else's way: `customer` is whose they are.
 */
export const faceOf = <I extends OpenedServices, Shape extends object>(
  tag: Context.Tag<I, Shape>,
  model: Shape,
  run: Run<Opened | CurrentOrganization>,
  user?: string,
  customer?: string
): Face<Shape> =>
  Object.fromEntries(
    Object.keys(model).map((method) => [
      method,
      (...given: ReadonlyArray<unknown>) => {
        const operation = operationOf(tag.key, method)
        const done = Effect.suspend(() => {
          const { args, key } = withKey(given)
          const work = withService(tag, (service) => call(service, method, args))
          return key === undefined
            ? work
            : onceFor(operation, { args: user === undefined ? args : [...args, { user }], key, customer }, work)
        })
        return run(Effect.zipRight(permitted(operation), done)).then(settle)
      }
    ])
  ) as unknown as Face<Shape>
