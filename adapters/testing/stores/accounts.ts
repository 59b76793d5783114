/** What the stores of accounts must do. */
import { Effect } from "effect"
import { BillingEntityStore, CustomerStore, OrganizationStore } from "../../../src/accounts/index.js"
import { CurrentOrganization, type PageRequest, pageOf } from "../../../src/core/index.js"
import { type ConformanceCase, elsewhere, failureOf, newOrganization, same } from "./case.js"
import { billingEntity, customer } from "./rows.js"

const request = (given: Partial<PageRequest> = {}): PageRequest => ({
  limit: 3,
  order: { field: "created_at", direction: "asc" },
  after: null,
  total: false,
  ...given
})

export const accountCases: ReadonlyArray<ConformanceCase> = [
  {
    name: "an organization is read as it was written and as it was saved",
    run: Effect.gen(function* () {
      const store = yield* OrganizationStore
      const made = yield* newOrganization
      const here = Effect.provideService(CurrentOrganization, made.id)
      yield* same(yield* here(store.current), made, "as written")
      const changed = { ...made, name: "Changed", logo_url: "https://example.com/x.png" }
      yield* store.save(changed)
      yield* same(yield* here(store.current), changed, "as saved")
    })
  },
  {
    name: "a customer is read as it was written, by id and by external id",
    run: Effect.gen(function* () {
      const store = yield* CustomerStore
      const made = yield* customer()
      yield* store.insert(made)
      yield* same(yield* store.find({ id: made.id }), made, "by id")
      yield* same(yield* store.find({ external_id: made.external_id }), made, "by external id")
      yield* same(yield* store.load([made.id, made.id]), [made], "in a batch, once")
      yield* same(yield* store.loadExternal([made.external_id, "none"]), [made], "in a batch by external id")
      const changed = { ...made, name: "Changed", billing_metadata: {}, net_payment_term: 0 }
      yield* store.save(changed)
      yield* same(yield* store.find({ id: made.id }), changed, "as saved")
    })
  },
  {
    name: "an external id is unique within an organization, and the failure names it",
    run: Effect.gen(function* () {
      const store = yield* CustomerStore
      const made = yield* customer({ external_id: "same" })
      yield* store.insert(made)
      const again = Effect.flatMap(customer({ external_id: "same" }), store.insert)
      const failure = yield* failureOf(again)
      yield* same((failure as { _tag: string })._tag, "ExternalIdTaken", "twice in one organization")
      yield* elsewhere(again)
    })
  },
  {
    name: "a customer of another organization is not there",
    run: Effect.gen(function* () {
      const store = yield* CustomerStore
      const made = yield* customer()
      yield* store.insert(made)
      yield* elsewhere(
        Effect.gen(function* () {
          yield* same(yield* store.find({ id: made.id }), undefined, "by id")
          yield* same(yield* store.find({ external_id: made.external_id }), undefined, "by external id")
          yield* same(yield* store.load([made.id]), [], "in a batch")
          yield* same(yield* store.page({}, request()), { rows: [], total: null }, "in a list")
        })
      )
    })
  },
  {
    name: "pages of equal sort keys are a partition of the list, forwards and backwards",
    run: Effect.gen(function* () {
      const store = yield* CustomerStore
      const now = (yield* customer()).created_at
      for (let i = 0; i < 8; i++) yield* Effect.flatMap(customer({ created_at: now, updated_at: now, name: `n${i % 2}` }), store.insert)
      for (const field of ["created_at", "name", "external_id"]) {
        for (const direction of ["asc", "desc"] as const) {
          const seen: Array<string> = []
          let after: PageRequest["after"] = null
          while (true) {
            const asked: PageRequest = request({ order: { field, direction }, after, total: true })
            const answer = yield* store.page({}, asked)
            yield* same(answer.total, 8, "the total")
            const { items, next } = pageOf(asked, answer)
            seen.push(...items.map((item) => item.id))
            if (next === null) break
            const last = items[items.length - 1]!
            after = { value: field === "created_at" ? new Date(now.epochMillis).toISOString() : last[field as "name"], id: last.id }
          }
          yield* same([seen.length, new Set(seen).size], [8, 8], `by ${field} ${direction}`)
        }
      }
    })
  },
  {
    name: "a billing entity keeps its figures exactly; code, prefix and default are unique",
    run: Effect.gen(function* () {
      const store = yield* BillingEntityStore
      const made = yield* billingEntity({ is_default: true, code: "one", invoice_prefix: "ONE" })
      yield* store.insert(made)
      yield* same(yield* store.all, [made], "as written")
      const taken = (given: Parameters<typeof billingEntity>[0]) =>
        Effect.map(failureOf(Effect.flatMap(billingEntity(given), store.insert)), (failure) => (failure as { _tag: string })._tag)
      yield* same(yield* taken({ code: "one" }), "CodeTaken", "the code")
      yield* same(yield* taken({ invoice_prefix: "ONE" }), "InvoicePrefixTaken", "the prefix")
      yield* same(yield* taken({ is_default: true }), "StorageError", "a second default")
      yield* same(yield* store.all, [made], "nothing of what was refused")
    })
  }
]
