/**
 * The rates of a tax integration, fetched between two attempts: a transaction finds out what it has to ask and is undone, the integration is asked
 * outside of it, and the next attempt finds the answers (billing 9.3). What changed meanwhile is asked anew.
 */
import { Context, DateTime, Effect, Either, Layer } from "effect"
import { type SuppliedTax, type Tax, TaxId, type TaxRate, TaxStore } from "../catalog/index.js"
import { CurrentOrganization, Ids, ProviderFailed, type StorageError, Transactor } from "../core/index.js"
import { InvoiceStore } from "./store.js"
import { questionKey, type TaxAnswer, type TaxAnswers, TaxesWanted, type TaxQuestion } from "./tax-question.js"
import { type SourceAnswer, type SourceFailure, TaxSource } from "./tax-source.js"

/** How often a document may change between question and attempt; then it waits for the next run. */
const ROUNDS = 5

/** A document that stays as it is, and why. */
export interface Untaxed {
  readonly id: string
  readonly error: ProviderFailed
}

/** The asking of one call or run: what was answered so far. */
export interface Asking {
  readonly answers: TaxAnswers
  /** Whether the integration is out of order: nothing more is asked of it. */
  readonly isOut: () => boolean
  /** Asks; answers those that got no rates. Where `stored`, their invoices tell why. */
  readonly ask: (
    questions: ReadonlyArray<TaxQuestion>,
    stored: boolean
  ) => Effect.Effect<ReadonlyArray<Untaxed>, StorageError, CurrentOrganization>
}

type Attempt<A, E, R> = (answers: TaxAnswers) => Effect.Effect<A, E | TaxesWanted, R>

/** An outer call whose transaction the inner ones join: these leave the asking to it, and say how it is done. */
class OuterCall extends Context.Reference<OuterCall>()("billwright/OuterCall", {
  defaultValue: (): { asking: Asking | null } | null => null
}) {}

const isWanted = (error: unknown): error is TaxesWanted => error instanceof TaxesWanted

/** What changed each time it was asked about; the next run tries again. */
const unsettled = (id: string): Untaxed => ({ id, error: new ProviderFailed({ provider: "tax", code: "unsettled" }) })

const failureOf = ({ code, provider_type }: SourceFailure) => new ProviderFailed({ provider: provider_type, code })

/**
 * Repeats an attempt, a transaction, until it wants no more answers; null once the integration is out of order. `fail` takes the documents that get
 * no rates, which the attempt leaves out then.
 */
export const asked = <A, E, R>(
  asking: Asking,
  attempt: Attempt<A, E, R>,
  fail: (untaxed: Untaxed) => void
): Effect.Effect<A | null, Exclude<E, TaxesWanted> | StorageError, R | CurrentOrganization> =>
  Effect.gen(function* () {
    for (let round = 0; !asking.isOut(); round++) {
      const done = yield* Effect.either(attempt(asking.answers))
      if (Either.isRight(done)) return done.right
      if (!isWanted(done.left)) return yield* Effect.fail(done.left as Exclude<E, TaxesWanted>)
      const { questions } = done.left
      const untaxed = round < ROUNDS ? yield* asking.ask(questions, true) : questions.map(({ invoice_id }) => unsettled(invoice_id))
      untaxed.forEach(fail)
    }
    return null
  })

/** Repeats an attempt until it finds all the answers that it wants; fails with the first document that gets none. */
const inRounds = <A, E, R>(
  attempt: Effect.Effect<A, E, R>,
  ask: (questions: ReadonlyArray<TaxQuestion>) => ReturnType<Asking["ask"]>
): Effect.Effect<A, Exclude<E, TaxesWanted> | ProviderFailed | StorageError, R | CurrentOrganization> =>
  Effect.gen(function* () {
    for (let round = 0; round < ROUNDS; round++) {
      const done = yield* Effect.either(attempt)
      if (Either.isRight(done)) return done.right
      if (!isWanted(done.left)) return yield* Effect.fail(done.left as Exclude<E, TaxesWanted>)
      const [untaxed] = yield* ask(done.left.questions)
      if (untaxed !== undefined) return yield* untaxed.error
    }
    return yield* unsettled("").error
  })

/** A call whose own transaction holds others that need rates: it is undone, they are asked for outside of it, and it runs again. */
export const askingOutside = <A, E, R>(
  call: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ProviderFailed | StorageError, R | CurrentOrganization> =>
  Effect.suspend(() => {
    const outer: { asking: Asking | null } = { asking: null }
    return inRounds(Effect.provideService(call, OuterCall, outer), (questions) => outer.asking!.ask(questions, true)) as Effect.Effect<
      A,
      E | ProviderFailed | StorageError,
      R | CurrentOrganization
    >
  })

/** Those of several answers that name a tax, each once. */
const taxesIn = (answers: ReadonlyArray<SourceAnswer>): ReadonlyArray<SuppliedTax & { readonly provider_type: string }> => [
  ...new Map(
    answers.flatMap(({ provider_type, taxes }) => taxes.flat().map((tax) => [tax.code, { ...tax, provider_type }] as const))
  ).values()
]

export class TaxSupply extends Context.Tag("billwright/TaxSupply")<
  TaxSupply,
  {
    readonly asking: Effect.Effect<Asking>
    /**
     * Runs an attempt, a transaction, until it finds all the answers that it wants. `stored` says that the documents are there to tell of a failure.
     *
     * Fails with `ProviderFailed` where the integration gives no rates; the documents stay as they were.
     */
    readonly supplied: <A, E, R>(
      attempt: Attempt<A, E, R>,
      stored: boolean
    ) => Effect.Effect<A, Exclude<E, TaxesWanted> | ProviderFailed | StorageError, R | CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<TaxSupply, never, InvoiceStore | TaxStore | Transactor | Ids> = Layer.effect(
    TaxSupply,
    Effect.gen(function* () {
      const invoices = yield* InvoiceStore
      const taxes = yield* TaxStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const source = yield* TaxSource

      /** The taxes that answers name as rows, by code. */
      const keep = Effect.fnUntraced(function* (answers: ReadonlyArray<SourceAnswer>) {
        const named = taxesIn(answers)
        const organization_id = yield* CurrentOrganization
        const now = yield* DateTime.now
        const fresh = yield* ids.many(named.length)
        const rows = named.map(
          ({ code, name, provider_type, rate }, index): Tax => ({
            id: TaxId.make(fresh[index]!),
            organization_id,
            code,
            name,
            description: null,
            rate,
            category: null,
            applied_to_organization: false,
            provider_type,
            created_at: now,
            updated_at: now
          })
        )
        const kept = named.length === 0 ? [] : yield* transaction(taxes.supply(rows))
        return new Map(kept.map((tax) => [tax.code, tax]))
      })

      const tellFailures = Effect.fnUntraced(function* (failed: ReadonlyArray<{ readonly id: string; readonly failure: SourceFailure }>) {
        if (failed.length === 0) return
        const organization_id = yield* CurrentOrganization
        const now = yield* DateTime.now
        yield* transaction(
          invoices.recordTaxations(
            failed.map(({ failure: { code, integration_id, provider_type, reason }, id: invoice_id }) => {
              const row = { organization_id, invoice_id, integration_id, provider_type, status: "failed" as const }
              return { ...row, error_code: code, error_message: reason, created_at: now, updated_at: now }
            })
          )
        )
      })

      const begin = (): Asking => {
        const answers = new Map<string, TaxAnswer>()
        let outage: SourceFailure | null = null
        const ask: Asking["ask"] = Effect.fnUntraced(function* (questions, stored) {
          const given = outage === null ? yield* source.ask(questions) : questions.map(() => outage!)
          const answered = given.filter((each) => each.outcome === "answered")
          const kept = yield* keep(answered)
          const failed: Array<{ readonly id: string; readonly failure: SourceFailure }> = []
          questions.forEach((question, index) => {
            const answer = given[index]!
            if (answer.outcome === "failed") {
              if (answer.is_outage) outage = answer
              failed.push({ id: question.invoice_id, failure: answer })
              return
            }
            const { integration_id, provider_type } = answer
            const rates = question.lines.map(
              (_, line): ReadonlyArray<TaxRate> => (answer.taxes[line] ?? []).flatMap((tax) => kept.get(tax.code) ?? [])
            )
            answers.set(questionKey(question), { integration_id, provider_type, taxes: rates })
          })
          if (stored) yield* tellFailures(failed)
          return failed.map(({ failure, id }): Untaxed => ({ id, error: failureOf(failure) }))
        })
        return { answers, isOut: () => outage !== null, ask }
      }

      return TaxSupply.of({
        asking: Effect.sync(begin),
        supplied: (attempt, stored) =>
          Effect.flatMap(OuterCall, (outer) => {
            const asking = outer?.asking ?? begin()
            const attempted = Effect.suspend(() => attempt(asking.answers))
            if (outer === null) return inRounds(attempted, (questions) => asking.ask(questions, stored))
            // What is wanted goes through to whoever opened the transaction around it.
            outer.asking = asking
            return attempted as Effect.Effect<never, never, never>
          })
      })
    })
  )
}
