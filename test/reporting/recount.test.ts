/** A report equals a recount of the transitions, whatever the histories, the zone and the month; its parts add up to it. */
import { Effect, Either } from "effect"
import fc from "fast-check"
import { expect, it } from "vitest"
import { storesLayer } from "../../adapters/sql/stores.js"
import { addDays, addMonths, CurrentOrganization, Ids, instant, type LocalDate, startOfDay, unsafeLocalDate } from "../../src/core/index.js"
import { FieldStore, type Lead, OemStore, type Transition } from "../../src/fieldwork/index.js"
import { type Counters, type Durations, monthOf, type Period, ReportStore, weekOf } from "../../src/reporting/index.js"
import { describeEngines } from "../support/describe-engines.js"

const DAY = 86_400_000
const SLA = 7n * BigInt(DAY)
const ZONES = ["UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia"]
/** Two with changes of clocks in most of the zones, and one that four weeks fill. */
const MONTHS = ["2026-03-01", "2026-10-01", "2027-02-01"]
const STATUSES = {
  lead: ["new", "contacted", "on_hold", "documents_pending"],
  survey: ["scheduled", "completed"],
  installation: ["planned", "completed", "rescheduled"],
  closure_pack: ["compiled", "submitted", "rejected"]
} as const
type Kind = keyof typeof STATUSES

/** When something happens: within some weeks around a month, often near a midnight of the zone. */
const moment = fc.record({
  day: fc.integer({ min: -10, max: 45 }),
  ms: fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: 0, max: DAY - 1 }))
})

const life = (kind: Kind) =>
  fc.record({
    kind: fc.constant(kind),
    steps: fc.array(fc.record({ status: fc.constantFrom(...STATUSES[kind]), at: moment }), { minLength: 1, maxLength: 6 })
  })

const world = fc.record({
  zone: fc.constantFrom(...ZONES),
  month: fc.constantFrom(...MONTHS),
  cuts: fc.uniqueArray(fc.integer({ min: 1, max: 27 }), { maxLength: 3 }),
  jobs: fc.array(
    fc.record({
      received: moment,
      own: life("lead"),
      others: fc.array(fc.oneof(life("survey"), life("installation"), life("closure_pack")), { maxLength: 4 })
    }),
    {
      minLength: 1,
      maxLength: 5
    }
  )
})
type World = typeof world extends fc.Arbitrary<infer W> ? W : never

interface Life {
  readonly kind: Kind
  readonly lead: Lead
  readonly subject: string
  readonly steps: ReadonlyArray<{ readonly status: string; readonly at: number }>
}

const millisOf = ({ month, zone }: World, { day, ms }: { readonly day: number; readonly ms: number }): number =>
  startOfDay(addDays(unsafeLocalDate(month), day), zone).epochMillis + ms

/** Keeps the histories of an OEM of its own. */
const keep = (given: World) =>
  Effect.gen(function* () {
    const [ids, field, oems] = [yield* Ids, yield* FieldStore, yield* OemStore]
    const organization_id = yield* CurrentOrganization
    const oem = yield* ids.next
    const now = instant(0)
    const stamps = { created_at: now, updated_at: now }
    const profile = { id: oem, organization_id, timezone: given.zone, sla_days: 7, customer_id: null, add_on_id: null, ...stamps }
    yield* oems.insert(profile as Parameters<typeof oems.insert>[0])
    const lives: Array<Life> = []
    for (const { others, own, received } of given.jobs) {
      const lead = {
        id: yield* ids.next,
        organization_id,
        oem,
        customer: oem,
        phone: "+4915112345678",
        reference: null,
        charger_model: null,
        assigned_handler: null,
        electricity_bill_received: false,
        received_at: instant(millisOf(given, received)),
        status: "new",
        held_status: null,
        ...stamps
      } as Lead
      for (const { kind, steps } of [own, ...others]) {
        const sorted = steps.map(({ at, status }) => ({ status, at: millisOf(given, at) })).sort((a, b) => a.at - b.at)
        const subject = kind === "lead" ? lead.id : yield* ids.next
        lives.push({ kind, lead, subject, steps: sorted.filter(({ status }, place) => status !== sorted[place - 1]?.status) })
      }
    }
    const leads = [...new Set(lives.map(({ lead }) => lead))]
    yield* field.write(
      leads.map((lead) => ({ kind: "lead", before: null, after: lead, reason: null })),
      []
    )
    for (let place = 0; place < 6; place++) {
      const due: Array<Transition> = []
      for (const { kind, lead, steps, subject } of lives) {
        const step = steps[place]
        if (step === undefined) continue
        due.push({
          id: yield* ids.next,
          organization_id,
          kind,
          subject,
          lead: lead.id,
          oem,
          from_status: steps[place - 1]?.status ?? null,
          to_status: step.status,
          at: instant(step.at),
          user_id: null,
          reason: null
        })
      }
      yield* field.transitions(due)
    }
    return { oem, lives }
  })

const firstEntries = (
  lives: ReadonlyArray<Life>,
  kind: Kind,
  status: string,
  { from, to }: Period
): ReadonlyArray<readonly [Life, number]> =>
  lives
    .filter((one) => one.kind === kind)
    .flatMap((one): ReadonlyArray<readonly [Life, number]> => {
      const first = one.steps.find((step) => step.status === status)
      return first !== undefined && from.epochMillis <= first.at && first.at < to.epochMillis ? [[one, first.at]] : []
    })

const recounted = (lives: ReadonlyArray<Life>, period: Period): Counters => ({
  total_leads: firstEntries(lives, "lead", "new", period).length,
  surveys_completed: firstEntries(lives, "survey", "completed", period).length,
  installations_completed: firstEntries(lives, "installation", "completed", period).length,
  closure_packs_submitted: firstEntries(lives, "closure_pack", "submitted", period).length
})

const heldUntil = (lead: Life | undefined, done: number): number =>
  (lead?.steps ?? []).reduce((held, { at, status }, place, steps) => {
    const end = Math.min(steps[place + 1]?.at ?? done, done)
    return status === "on_hold" && at < end ? held + end - at : held
  }, 0)

const durationsOf = (lives: ReadonlyArray<Life>, period: Period): Durations => {
  const took = firstEntries(lives, "installation", "completed", period).map(([{ lead }, done]) => {
    const own = lives.find(({ kind, subject }) => kind === "lead" && subject === lead.id)
    return BigInt(done - lead.received_at.epochMillis - heldUntil(own, done))
  })
  return {
    jobs: BigInt(took.length),
    millis: took.reduce((sum, one) => sum + one, 0n),
    within: BigInt(took.filter((one) => one <= SLA).length)
  }
}

const added = (all: ReadonlyArray<Counters>): Counters =>
  all.reduce((a, b) => ({
    total_leads: a.total_leads + b.total_leads,
    surveys_completed: a.surveys_completed + b.surveys_completed,
    installations_completed: a.installations_completed + b.installations_completed,
    closure_packs_submitted: a.closure_packs_submitted + b.closure_packs_submitted
  }))

const daysFrom = (first_day: LocalDate, next: LocalDate, zone: string): Period => ({
  first_day,
  last_day: addDays(next, -1),
  from: startOfDay(first_day, zone),
  to: startOfDay(next, zone)
})

/** Every week that has a day of the month. */
const weeksOf = (month: LocalDate, zone: string): ReadonlyArray<Period> =>
  Array.from({ length: 38 }, (_, place) => weekOf(addDays(month, place - 6), zone))
    .flatMap((week) => (Either.isRight(week) ? [week.right] : []))
    .filter(({ first_day }) => first_day < addMonths(month, 1))

describeEngines("reports", (engine) => {
  it("equal a recount, and the parts of a month add up to it", async () => {
    const check = (given: World) =>
      Effect.gen(function* () {
        const store = yield* ReportStore
        const { lives, oem } = yield* keep(given)
        const first = unsafeLocalDate(given.month)
        const month = Either.getOrThrow(monthOf(first, given.zone))
        const counters = (period: Period) => store.counters(oem, period)
        const whole = yield* counters(month)
        expect(whole).toEqual(recounted(lives, month))
        expect(yield* store.durations(oem, month, SLA)).toEqual(durationsOf(lives, month))
        const weeks = weeksOf(first, given.zone)
        const weekly = yield* Effect.forEach(weeks, counters)
        expect(weekly).toEqual(weeks.map((week) => recounted(lives, week)))
        if (given.month === "2027-02-01") {
          expect(weeks.length).toBe(4)
          expect(added(weekly)).toEqual(whole)
        }
        const days = [0, ...given.cuts.toSorted((a, b) => a - b)].map((place) => addDays(first, place))
        const parts = days.map((day, place) => daysFrom(day, days[place + 1] ?? addMonths(first, 1), given.zone))
        expect(added(yield* Effect.forEach(parts, counters))).toEqual(whole)
      }).pipe(Effect.provide(storesLayer))
    await fc.assert(
      fc.asyncProperty(world, (given) => engine.run(check(given))),
      { numRuns: 12 }
    )
  })
})
