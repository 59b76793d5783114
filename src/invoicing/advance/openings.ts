/**
 * What billing does for charges paid in advance when a window begins: recurring metrics are billed what they carry over, on the
 * invoice that closes the window before; at a change of plan what earlier plans of the period billed goes over to the new one's
 * lines, and what was added to it since is billed (invoicing.md 9.5).
 */
import { Array as Arr, Context, type DateTime, Effect, Either, Layer } from "effect"
import { type CurrentOrganization, Exact, exponentOf, instant, type StorageError } from "../../core/index.js"
import { type BucketUsage, foldPeriod, type UsageRequest, UsageStore } from "../../metering/index.js"
import {
  type AdvanceState,
  AdvanceStore,
  type BilledBefore,
  type CompiledCharge,
  chargesInAdvance,
  type Earlier,
  earlierOf,
  emptyLine,
  inheritedLine,
  paidOf,
  type RatingError,
  startedLine
} from "../../rating/index.js"
import { afterWork } from "../../subscriptions/index.js"
import type { FeeLine } from "../assemble.js"
import type { Batch } from "../batch.js"
import type { Piece } from "../piece.js"
import { closing } from "../running.js"
import { correctedBefore } from "../window.js"
import { type CarriedGroup, carriedGroups, carriedRequest, carriedShare, isSameGroup } from "./carried.js"
import { carriedFeeLine } from "./fee-line.js"
import { priceFor } from "./keys.js"
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

/** A window that a piece opens, with its charges in advance of recurring metrics. */
interface Opened {
  readonly piece: Piece
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly window: Parameters<typeof carriedRequest>[1] & Parameters<typeof carriedShare>[1]
  readonly charges: ReadonlyArray<CompiledCharge>
}

const recurringInAdvance = (terms: ReturnType<Batch["termsOf"]>): Either.Either<ReadonlyArray<CompiledCharge>, RatingError> =>
  Either.map(chargesInAdvance({ charges: terms.charges, currency_exponent: exponentOf(terms.plan.currency) }), (charges) =>
    charges.filter((compiled) => compiled.terms.metric.recurring)
  )

/** Null where a piece opens no window that something is carried into. */
const openedBy = (piece: Piece, batch: Batch): Either.Either<Opened | null, RatingError> => {
  const { after, schedule, skip, work } = piece
  const usage = skip || (work.kind !== "boundary" && work.kind !== "plan_change") ? null : closing(afterWork(schedule, work))
  if (usage === null) return Either.right(null)
  const terms = batch.termsOf(after)
  return Either.map(recurringInAdvance(terms), (charges) =>
    charges.length === 0 ? null : { piece, from: usage.from, to: usage.to, window: { usage, terms, period: foldPeriod(usage) }, charges }
  )
}

/** What is asked about a charge that a window opens with: what is carried, and what was there at each mark of its earlier plans. */
interface Asked {
  readonly compiled: CompiledCharge
  readonly earlier: Earlier | null
  readonly requests: ReadonlyArray<UsageRequest>
}

const askedOf = (opened: Opened, billed: ReadonlyArray<BilledBefore>, batch: Batch): ReadonlyArray<Asked> => {
  const { charges, from, piece, window } = opened
  const { row } = piece
  const before = [
    ...billed.filter((one) => one.subscription_id === row.id && one.from === from.epochMillis),
    ...correctedBefore(row, window.usage, window.terms, batch).map((one): BilledBefore => {
      return { ...one, subscription_id: row.id, from: from.epochMillis, line: null }
    })
  ]
  return charges.map((compiled) => {
    const earlier = earlierOf(before, compiled.terms, window.terms.charges)
    const request = (until: DateTime.Utc) => carriedRequest(row, window, compiled, batch, until)
    return { compiled, earlier, requests: [request(from), ...(earlier?.marks ?? []).map((mark) => request(instant(mark.until)))] }
  })
}

/** The lines of a charge in the window that opens; `known` are those that its subscription has there. */
const linesOfCharge = (
  { from, piece: { row }, to, window }: Opened,
  { compiled, earlier }: Asked,
  [counted = [], ...there]: ReadonlyArray<ReadonlyArray<BucketUsage>>,
  known: ReadonlyArray<AdvanceState>,
  batch: Batch
): ReadonlyArray<{ readonly before: AdvanceState | undefined; readonly line: AdvanceState }> => {
  const begun = known.filter((line) => line.charge_id === compiled.terms.charge.id && line.period_start.epochMillis === from.epochMillis)
  const counts = carriedGroups(compiled, counted)
  const nowhere = begun.filter((line) => !counts.some((group) => isSameGroup(group, line)))
  const groups: ReadonlyArray<CarriedGroup> = [...counts, ...nowhere.map((line) => ({ ...line, level: Exact.zero }))]
  const terms = { currency_exponent: compiled.currency_exponent, rounding_mode: batch.issuerOf(row).rounding_mode }
  const share = carriedShare(compiled, window)
  return groups.map(({ charge_filter_id, group, ...carried }) => {
    const key = { subscription_id: row.id, charge_id: compiled.terms.charge.id, charge_filter_id, group, period_start: from }
    const before = begun.find((line) => isSameGroup(line, key))
    const price = priceFor(compiled, key)
    const line = before ?? emptyLine(key, to, price)
    const bucket = compiled.prices.findIndex(({ filter }) => (filter?.id ?? null) === charge_filter_id)
    const paid = earlier === null ? undefined : paidOf({ ...earlier, counted: there }, compiled, bucket, group)
    if (paid === undefined) return { before, line: startedLine(line, price, { ...carried, ...share }, terms) }
    return { before, line: before ?? inheritedLine(line, price, { ...carried, ...share }, paid, terms) }
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
            yield* store.ofWindows(real.map(({ from, piece, to }) => ({ subscription_id: piece.row.id, from, to }))),
            (line) => line.subscription_id
          )
          const changed = real.filter(({ piece }) => piece.work.kind === "plan_change")
          const billed = yield* store.billedBefore(
            changed.map(({ charges, from, piece, window: { usage } }) => ({
              subscription_id: piece.row.id,
              charge_id: charges[0]!.terms.charge.id,
              full_from: usage.full_from,
              from
            }))
          )
          const asked = new Map(real.map((each) => [each, askedOf(each, billed, batch)]))
          const answers = yield* usage.aggregate([...asked.values()].flatMap((all) => all.flatMap(({ requests }) => requests)))
          let next = 0
          return opened.map(
            Either.map((each): Opening => {
              if (each === null) return NO_OPENING
              const { from, piece, window } = each
              const lines: Array<FeeLine> = []
              const apart: Array<AdvanceFeeToPost> = []
              const states: Array<AdvanceState> = []
              for (const one of asked.get(each)!) {
                const { compiled, requests } = one
                const counted = answers.slice(next, next + requests.length)
                next += requests.length
                for (const { before, line } of linesOfCharge(each, one, counted, known[piece.row.id] ?? [], batch)) {
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
