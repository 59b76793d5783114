/** The commands of the model test as data, and how each is done: on the services, and on the reference model. */
import type { Effect } from "effect"
import fc from "fast-check"
import type { Run } from "../performing.js"
import * as credits from "./credits.js"
import * as documents from "./documents.js"
import * as order from "./order.js"
import * as subscriptions from "./subscriptions.js"

const kinds = { ...subscriptions.kinds, ...documents.kinds, ...credits.kinds, ...order.kinds }
const perform = { ...subscriptions.perform, ...documents.perform, ...credits.perform, ...order.perform }

type Kinds = { readonly [K in keyof typeof kinds]: (typeof kinds)[K] extends fc.Arbitrary<infer A> ? A : never }
export type Op = keyof Kinds
export type Command = { readonly [K in Op]: { readonly op: K } & Kinds[K] }[Op]

export const OPS = Object.keys(kinds) as ReadonlyArray<Op>

/** What is not named weighs 1. */
const WEIGHTS: Partial<Record<Op, number>> = {
  wait: 9,
  ingest: 14,
  bill: 8,
  finalizeDue: 3,
  subscribe: 2,
  life: 6,
  threshold: 2,
  pay: 5,
  oneOff: 3,
  note: 6,
  limits: 2,
  finalizeNote: 3,
  deleteNote: 2,
  voidNote: 2,
  applyNote: 3,
  refresh: 2,
  coupon: 2,
  wallet: 3,
  topUp: 3,
  transfer: 2,
  rule: 2,
  reserve: 4,
  settleHold: 3,
  releaseHold: 3
}

const commandOf = <K extends Op>(op: K): fc.Arbitrary<Command> =>
  (kinds[op] as fc.Arbitrary<object>).map((given) => ({ op, ...given }) as Command)

export const command: fc.Arbitrary<Command> = fc.oneof(...OPS.map((op) => ({ weight: WEIGHTS[op] ?? 1, arbitrary: commandOf(op) })))

/** What a sequence begins with, so that there is somebody to bill. */
export const firstCommands: fc.Arbitrary<ReadonlyArray<Command>> = fc.tuple(
  commandOf("subscribe"),
  commandOf("wallet"),
  commandOf("coupon")
)

type Needs = Effect.Effect.Context<ReturnType<(typeof perform)[Op]>>

export const performCommand = ({ op, ...given }: Command, run: Run): Effect.Effect<void, unknown, Needs> =>
  (perform[op] as (given: unknown, run: Run) => Effect.Effect<void, unknown, Needs>)(given, run)
