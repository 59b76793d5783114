import * as SqlClient from "@effect/sql/SqlClient"
import { Effect } from "effect"
import { expect, it } from "vitest"
import { Dialect } from "../../../../adapters/sql/dialect.js"
import { takeNumbers } from "../../../../adapters/sql/invoicing/numbers.js"
import { BillingEntities } from "../../../../src/accounts/index.js"
import { CurrentOrganization, instant } from "../../../../src/core/index.js"
import { accountsLayer } from "../../../support/accounts.js"
import { describeEngines } from "../../../support/describe-engines.js"

const entity = (code: string, next_invoice_number: bigint) =>
  Effect.flatMap(BillingEntities, (entities) => entities.create({ code, name: code, next_invoice_number }))

const take = (...entities: ReadonlyArray<{ readonly id: string }>) =>
  Effect.gen(function* () {
    const numbers = takeNumbers(yield* SqlClient.SqlClient, yield* Dialect)
    const issued_at = instant(0)
    return yield* numbers(
      yield* CurrentOrganization,
      entities.map(({ id }) => ({ issued_at, series: { kind: "billing_entity" as const, billing_entity_id: id } }))
    )
  })

describeEngines("document numbers", ({ run }) => {
  it("each issuer's documents follow its own counter, several issuers and documents at once", async () => {
    const taken = await run(
      Effect.gen(function* () {
        const north = yield* entity("north", 1n)
        const south = yield* entity("south", 9_007_199_254_740_993n)
        return [yield* take(north, south, north, south), yield* take(south), yield* take(north)]
      }).pipe(Effect.provide(accountsLayer))
    )
    expect(taken).toEqual([
      ["NORTH-0001", "SOUTH-9007199254740993", "NORTH-0002", "SOUTH-9007199254740994"],
      ["SOUTH-9007199254740995"],
      ["NORTH-0003"]
    ])
  })
})
