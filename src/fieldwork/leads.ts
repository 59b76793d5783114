/** The service of leads. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  InvalidInput,
  named,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  type Transactor
} from "../core/index.js"
import { type Acting, fieldDesk } from "./desk.js"
import { type LeadNotFound, OemNotFound, type UserNotFound } from "./errors.js"
import { cancelJob, moveLead } from "./job.js"
import {
  CreateLead,
  type CreateLeadInput,
  type Lead,
  type LeadAction,
  LeadId,
  ListLeads,
  type ListLeadsInput,
  UpdateLead,
  type UpdateLeadInput
} from "./lead.js"
import type { StepError } from "./machine.js"
import type { Recording } from "./recording.js"
import { requireUsers } from "./roles.js"
import { CallStore, type FieldStore, OemStore } from "./store.js"
import { Because, type BecauseInput } from "./survey.js"
import type { KeptTransition } from "./transition.js"

const decodeCreate = decodeInput(CreateLead)
const decodeUpdate = decodeInput(UpdateLead)
const decodeBecause = decodeInput(Because)
const decodeList = decodeInput(ListLeads)

type Moved = Acting<Lead, LeadNotFound | StepError>

export interface LeadsShape {
  /**
   * A new lead of an OEM that has a profile. `received_at` is now unless given.
   *
   * Fails with `InvalidInput`, `NotPermitted`, `OemNotFound`, `UserNotFound`.
   */
  readonly create: (input: CreateLeadInput) => Acting<Lead, InvalidInput | OemNotFound | UserNotFound>
  /** Fails with `LeadNotFound`. */
  readonly get: (id: string) => Acting<Lead, LeadNotFound>
  /** An OEM and a customer see their own. */
  readonly list: (input?: ListLeadsInput) => Acting<Page<Lead>, InvalidInput>
  /** Its fields; the handler, and that the electricity bill is there. Fails with `InvalidInput`, `LeadNotFound`, `UserNotFound`. */
  readonly update: (id: string, input: UpdateLeadInput) => Acting<Lead, InvalidInput | LeadNotFound>
  /** To contacted. Fails with `CallMissing` until an introductory call was connected. */
  readonly contact: (id: string) => Moved
  /** To documents_pending. */
  readonly requestDocuments: (id: string) => Moved
  /** To documents_received. Fails with `RequirementMissing` without the electricity bill. */
  readonly receiveDocuments: (id: string) => Moved
  readonly hold: (id: string, input: BecauseInput) => Acting<Lead, LeadNotFound | StepError | InvalidInput>
  /** Back to where it was held. */
  readonly resume: (id: string) => Moved
  /** With its open survey and installation. */
  readonly cancel: (id: string, input: BecauseInput) => Acting<Lead, LeadNotFound | StepError | InvalidInput>
  /** Every status change of the lead, in order. */
  readonly history: (id: string) => Acting<ReadonlyArray<KeptTransition>, LeadNotFound>
}

type Needs = FieldStore | OemStore | CallStore | Recording | Transactor | Ids

export class Leads extends Context.Tag("billwright/Leads")<Leads, LeadsShape>() {
  static readonly layer: Layer.Layer<Leads, never, Needs> = Layer.effect(
    Leads,
    Effect.gen(function* () {
      const { acting, change, directory, jobOf, read, recording, store, transaction } = yield* fieldDesk
      const oems = yield* OemStore
      const calls = yield* CallStore
      const ids = yield* Ids

      const step = (action: LeadAction) => (id: string) =>
        change({
          operation: "leads.move",
          kind: "lead",
          id,
          moves: (lead, _, { now }) => Effect.map(moveLead(lead, action, { now }), (move) => [move])
        })

      return Leads.of({
        create: Effect.fn("Leads.create")(function* (input) {
          const { received_at, ...given } = yield* decodeCreate(input)
          const user = yield* acting("leads.create")
          if (user.role === "oem" && user.id !== given.oem) return yield* new OemNotFound({ id: given.oem })
          yield* requireUsers(directory, [given.customer, given.assigned_handler])
          const now = yield* DateTime.now
          const received = received_at ?? now
          if (DateTime.greaterThan(received, now))
            return yield* new InvalidInput({ field: "received_at", reason: "must not be later than now" })
          const lead: Lead = {
            ...given,
            id: LeadId.make(yield* ids.next),
            organization_id: yield* CurrentOrganization,
            received_at: received,
            status: "new",
            held_status: null,
            created_at: now,
            updated_at: now
          }
          yield* transaction(
            Effect.gen(function* () {
              if ((yield* oems.find(given.oem)) === undefined) return yield* new OemNotFound({ id: given.oem })
              yield* recording.job(lead, [{ kind: "lead", before: null, after: lead, reason: null }], { user: user.id, now })
            })
          )
          return lead
        }),

        get: Effect.fn("Leads.get")((id) => Effect.map(read("lead", id), ({ row }) => row)),

        list: Effect.fn("Leads.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at", "received_at"])
          const user = yield* acting("field.read")
          const own = user.role === "oem" ? { oem: user.id } : user.role === "customer" ? { customer: user.id } : {}
          return pageOf(request, yield* store.leads({ ...given, ...own }, request))
        }),

        update: Effect.fn("Leads.update")(function* (id, input) {
          const given = yield* decodeUpdate(input)
          const user = yield* acting("leads.move")
          yield* requireUsers(directory, [given.assigned_handler])
          return yield* transaction(
            Effect.gen(function* () {
              const { lead } = yield* jobOf("lead", id, user, true)
              const after: Lead = { ...lead, ...named(given), updated_at: yield* DateTime.now }
              yield* store.saveLead(after)
              return after
            })
          )
        }),

        contact: Effect.fn("Leads.contact")((id) =>
          change<"lead", StorageError>({
            operation: "leads.move",
            kind: "lead",
            id,
            moves: (lead, _, { now }) =>
              Effect.gen(function* () {
                const called = (yield* calls.lastConnected("introductory", lead.id)) !== null
                return [yield* moveLead(lead, "contact", { now, called })]
              })
          })
        ),
        requestDocuments: Effect.fn("Leads.requestDocuments")(step("request_documents")),
        receiveDocuments: Effect.fn("Leads.receiveDocuments")(step("receive_documents")),
        resume: Effect.fn("Leads.resume")(step("resume")),

        hold: Effect.fn("Leads.hold")(function* (id, input) {
          const { reason } = yield* decodeBecause(input)
          return yield* change({
            operation: "leads.move",
            kind: "lead",
            id,
            moves: (lead, _, { now }) => Effect.map(moveLead(lead, "hold", { now, reason }), (move) => [move])
          })
        }),

        cancel: Effect.fn("Leads.cancel")(function* (id, input) {
          const { reason } = yield* decodeBecause(input)
          return yield* change({ operation: "leads.move", kind: "lead", id, moves: (_, job, { now }) => cancelJob(job, reason, now) })
        }),

        history: Effect.fn("Leads.history")((id) => Effect.flatMap(read("lead", id), () => store.history(id)))
      })
    })
  )
}
