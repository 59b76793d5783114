/**
 * What billing does for charges paid in advance when a window begins: recurring metrics are billed what they carry over, on the
 * invoice that closes the window before; at a change of plan within a period what the old plan billed goes over to the new one's
 * lines (invoicing.md 9.5).
 */
import { Array as Arr, Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, Exact, exponentOf, type StorageError } from "../../core/index.js"
import { type BucketUsage, foldPeriod, UsageStore } from "../../metering/index.js"
import {
  type AdvanceState,
  AdvanceStore,
  type CompiledCharge,
  chargesInAdvance,
  emptyLine,
  inheritedLine,
  type RatingError,
  startedLine
} from "../../rating/index.js"
import { afterWork } from "../../subscriptions/index.js"
import type { FeeLine } from "../assemble.js"
import type { Batch } from "../batch.js"
import type { Piece } from "../piece.js"
import { closing } from "../running.js"
import { type CarriedGroup, carriedGroups, carriedRequest, carriedShare, isSameGroup } from "./carried.js"
import { carriedFeeLine } from "./fee-line.js"
import { continuedBy, priceFor } from "./lines.js"
import type { AdvanceFeeToPost } from "./posting.js"

/** What the beginning of a window bills and keeps. */
export interface Opening {
  /** On the invoice of the piece, in plan order. */
  readonly lines: ReadonlyArray<FeeLine>
  /** Fees of charges that are not invoiceable. */
  readonly apart: ReadonlyArray<AdvanceFeeToPost>
  readonly states: ReadonlyArray<AdvanceState>
}

const NO_OPENING: Opening = { lines: [], apart: [], states: [] }

/** A window that a piece opens, with its charges in advance of recurring metrics, and the old plan's of the same period. */
interface Opened {
  readonly piece: Piece
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly window: Parameters<typeof carriedRequest>[1] & Parameters<typeof carriedShare>[1]
  readonly charges: ReadonlyArray<CompiledCharge>
  /** Empty at a boundary. */
  readonly former: ReadonlyArray<CompiledCharge>
  /** Where the lines of the old plan begin. */
  readonly since: DateTime.Utc
}

const recurringInAdvance = (terms: ReturnType<Batch["termsOf"]>): Either.Either<ReadonlyArray<CompiledCharge>, RatingError> =>
  Either.map(chargesInAdvance({ charges: terms.charges, currency_exponent: exponentOf(terms.plan.currency) }), (charges) =>
    charges.filter((compiled) => compiled.terms.metric.recurring)
  )

/** Null where a piece opens no window that something is carried into. */
const openedBy = (piece: Piece, batch: Batch): Either.Either<Opened | null, RatingError> => {
  const { after, row, schedule, skip, work } = piece
  const usage = skip || (work.kind !== "boundary" && work.kind !== "plan_change") ? null : closing(afterWork(schedule, work))
  if (usage === null) return Either.right(null)
  const terms = batch.termsOf(after)
  const before = closing(schedule)
  const continues =
    work.kind === "plan_change" &&
    before !== null &&
    before.full_from.epochMillis === usage.full_from.epochMillis &&
    before.full_to.epochMillis === usage.full_to.epochMillis
  return Either.map(
    Either.all([recurringInAdvance(terms), continues ? recurringInAdvance(batch.termsOf(row)) : Either.right([])]),
    ([charges, former]) =>
      charges.length === 0
        ? null
        : {
            piece,
            from: usage.from,
            to: usage.to,
            window: { usage, terms, period: foldPeriod(usage) },
            charges,
            former,
            since: continues ? before.from : usage.from
          }
  )
}

/** The values of a line's filter, by which lines of two plans are the same bucket. */
const valuesOf = ({ prices }: CompiledCharge, { charge_filter_id }: Pick<AdvanceState, "charge_filter_id">): string =>
  JSON.stringify(prices.find(({ filter }) => (filter?.id ?? null) === charge_filter_id)?.filter?.values ?? null)

/** The lines of a charge in the window that opens; `known` are those of its subscription since the window before. */
const linesOfCharge = (
  { charges, former, from, piece: { row }, to, window }: Opened,
  compiled: CompiledCharge,
  counted: ReadonlyArray<BucketUsage>,
  known: ReadonlyArray<AdvanceState>,
  batch: Batch
): ReadonlyArray<{ readonly before: AdvanceState | undefined; readonly line: AdvanceState }> => {
  const metric_id = compiled.terms.metric.id
  const ofMetric = (all: ReadonlyArray<CompiledCharge>) =>
    all.filter(({ terms }) => terms.metric.id === metric_id).map((one) => ({ compiled: one }))
  const own = ofMetric(former)
  const prior = own.find((one) => continuedBy(one, own, ofMetric(charges)).some((later) => later.compiled === compiled))?.compiled
  const begun = known.filter((line) => line.charge_id === compiled.terms.charge.id && line.period_start.epochMillis === from.epochMillis)
  const counts = carriedGroups(compiled, counted)
  const nowhere = begun.filter((line) => !counts.some((group) => isSameGroup(group, line)))
  const groups: ReadonlyArray<CarriedGroup> = [...counts, ...nowhere.map((line) => ({ ...line, level: Exact.zero }))]
  const terms = { currency_exponent: compiled.currency_exponent, rounding_mode: batch.issuerOf(row).rounding_mode }
  return groups.map(({ charge_filter_id, group, ...carried }) => {
    const key = { subscription_id: row.id, charge_id: compiled.terms.charge.id, charge_filter_id, group, period_start: from }
    const before = begun.find((line) => isSameGroup(line, key))
    const price = priceFor(compiled, key)
    const line = before ?? emptyLine(key, to, price)
    if (prior === undefined) return { before, line: startedLine(line, price, { ...carried, ...carriedShare(compiled, window) }, terms) }
    if (before !== undefined) return { before, line }
    const old = known.findLast(
      (one) =>
        one.charge_id === prior.terms.charge.id &&
        valuesOf(prior, one) === valuesOf(compiled, key) &&
        isSameGroup({ ...one, charge_filter_id }, key)
    )
    return { before, line: inheritedLine(line, carried.level, old?.state) }
  })
}

/** The openings of pieces, inside the transaction that bills them. */
export class Openings extends Context.Tag("billwright/Openings")<
  Openings,
  {
    /** What each piece's window begins with; nothing is written. Statements only where something may be carried over. */
    readonly draft: (
      pieces: ReadonlyArray<Piece>,
      batch: Batch
    ) => Effect.Effect<ReadonlyArray<Either.Either<Opening, RatingError>>, StorageError, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<Openings, never, AdvanceStore | UsageStore> = Layer.effect(
    Openings,
    Effect.gen(function* () {
      const store = yield* AdvanceStore
      const usage = yield* UsageStore

      return Openings.of({
        draft: Effect.fn("Openings.draft")(function* (pieces, batch) {
          const opened = pieces.map((piece) => openedBy(piece, batch))
          const real = opened.flatMap((each) => (Either.isRight(each) && each.right !== null ? [each.right] : []))
          if (real.length === 0) return opened.map(Either.map(() => NO_OPENING))
          const known = Arr.groupBy(
            yield* store.ofWindows(real.map(({ piece, since, to }) => ({ subscription_id: piece.row.id, from: since, to }))),
            (line) => line.subscription_id
          )
          const answers = yield* usage.aggregate(
            real.flatMap(({ charges, piece, window }) => charges.map((compiled) => carriedRequest(piece.row, window, compiled, batch)))
          )
          let next = 0
          return opened.map(
            Either.map((each): Opening => {
              if (each === null) return NO_OPENING
              const { charges, from, piece, window } = each
              const lines: Array<FeeLine> = []
              const apart: Array<AdvanceFeeToPost> = []
              const states: Array<AdvanceState> = []
              for (const compiled of charges) {
                for (const { before, line } of linesOfCharge(each, compiled, answers[next++]!, known[piece.row.id] ?? [], batch)) {
                  if (line !== before) states.push(line)
                  const fee = before?.carried ? null : carriedFeeLine(compiled, line, piece.row, piece.after.plan_id, batch)
                  if (fee === null) continue
                  if (compiled.terms.charge.invoiceable) lines.push(fee)
                  else if (fee.amount_cents > 0n) {
                    apart.push({ row: piece.row, terms: window.terms, line: fee, billed_at: from, invoiceable: false })
                  }
                }
              }
              return { lines, apart, states }
            })
          )
        })
      })
    })
  )
}
