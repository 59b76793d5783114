/** What the unit of work must do. */
import { Effect, Exit } from "effect"
import { CustomerStore } from "../../../src/accounts/index.js"
import { Transactor } from "../../../src/core/index.js"
import { type ConformanceCase, failureOf, same } from "./case.js"
import { customer } from "./rows.js"

const insert = (external_id: string) =>
  Effect.flatMap(customer({ external_id }), (row) => Effect.flatMap(CustomerStore, (store) => store.insert(row)))

const known = Effect.flatMap(CustomerStore, (store) =>
  Effect.map(store.loadExternal(["a", "b", "c"]), (rows) => rows.map((row) => row.external_id).sort())
)

export const transactorCases: ReadonlyArray<ConformanceCase> = [
  {
    name: "a transaction that fails leaves nothing behind, and its failure stays what it was",
    run: Effect.gen(function* () {
      const { transaction } = yield* Transactor
      const failure = yield* failureOf(transaction(Effect.zipRight(insert("a"), Effect.fail("no"))))
      yield* same([failure, yield* known], ["no", []], "rolled back")
    })
  },
  {
    name: "a transaction that dies or is interrupted leaves nothing behind",
    run: Effect.gen(function* () {
      const { transaction } = yield* Transactor
      for (const end of [Effect.die("bug"), Effect.interrupt]) {
        const exit = yield* Effect.exit(transaction(Effect.zipRight(insert("a"), end)))
        yield* same([Exit.isFailure(exit), yield* known], [true, []], "rolled back")
      }
    })
  },
  {
    name: "a nested transaction that fails takes back only itself; the outer one decides about all",
    run: Effect.gen(function* () {
      const { transaction } = yield* Transactor
      yield* transaction(
        Effect.gen(function* () {
          yield* insert("a")
          yield* Effect.ignore(transaction(Effect.zipRight(insert("b"), Effect.fail("no"))))
          yield* transaction(insert("c"))
        })
      )
      yield* same(yield* known, ["a", "c"], "the outer one committed")
    })
  },
  {
    name: "after a refused write the transaction goes on",
    run: Effect.gen(function* () {
      const { transaction } = yield* Transactor
      yield* transaction(
        Effect.gen(function* () {
          yield* insert("a")
          yield* failureOf(transaction(insert("a")))
          yield* insert("b")
        })
      )
      yield* same(yield* known, ["a", "b"], "what was not refused")
    })
  },
  {
    name: "siblings in one transaction keep their savepoints apart",
    run: Effect.gen(function* () {
      const { transaction } = yield* Transactor
      const lost = Effect.ignore(transaction(Effect.zipRight(insert("b"), Effect.fail("no"))))
      yield* transaction(Effect.all([transaction(insert("a")), lost, transaction(insert("c"))], { concurrency: "unbounded" }))
      yield* same(yield* known, ["a", "c"], "the failed one is gone alone")
    })
  },
  {
    name: "a snapshot reads what is there",
    run: Effect.gen(function* () {
      const { snapshot } = yield* Transactor
      yield* insert("a")
      yield* same(yield* snapshot(Effect.all([known, known])), [["a"], ["a"]], "twice the same")
    })
  }
]
