/** The service of closure packs. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Ids,
  type InvalidInput,
  type InvalidTransition,
  isUuid,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import {
  type Acting,
  actingOver,
  CallMissing,
  CallStore,
  type Doing,
  decide,
  FieldStore,
  type HostFailed,
  InstallationNotFound,
  type Job,
  moveLead,
  Recording,
  RequirementMissing,
  type StepError,
  type User,
  UserDirectory
} from "../fieldwork/index.js"
import { type DrawingError, drawing, packSheet } from "./drawing.js"
import { ClosurePackNotFound, type OemMismatch, PackExists } from "./errors.js"
import { Artefacts, artefactsOf, type PackSubject, RequiredArtefacts } from "./files.js"
import {
  type ClosurePack,
  ClosurePackId,
  ListPacks,
  type ListPacksInput,
  missingKind,
  type PackAction,
  type PackFacts,
  packMachine,
  RevisePack,
  type RevisePackInput
} from "./pack.js"
import { PackStore, SubmissionStore } from "./store.js"
import { Submit, type SubmitInput } from "./submission.js"
import { requireOem, submittingOver } from "./submissions.js"

const decodeRevise = decodeInput(RevisePack)
const decodeSubmit = decodeInput(Submit)
const decodeList = decodeInput(ListPacks)

type Stepped<E = never> = Acting<ClosurePack, ClosurePackNotFound | StepError | E>

export interface ClosurePacksShape {
  /**
   * The pack of a closed installation; lead and reports are found from it. A draft where required artefacts are missing, compiled else.
   *
   * Fails with `InstallationNotFound`, `RequirementMissing`, `PackExists`, `HostFailed`.
   */
  readonly compile: (installation: string) => Acting<ClosurePack, InstallationNotFound | PackExists | StepError | HostFailed>
  /** Reads the artefacts again. Fails with `RequirementMissing`, which names the first kind that is still missing. */
  readonly complete: (id: string) => Stepped<HostFailed>
  /** Marks the confirmation call by hand. Fails with `CallMissing` without a post_install call that was connected. */
  readonly markConfirmed: (id: string) => Stepped
  /**
   * Hands it to the OEM: PDF, submission, and its lead is closed. Fails with `CallMissing` before the confirmation call, `OemMismatch`,
   * `DocumentFailed`, `HostFailed`.
   */
  readonly submit: (id: string, input?: SubmitInput) => Stepped<DrawingError | OemMismatch | InvalidInput>
  /** The OEM's answer; final. */
  readonly accept: (id: string) => Stepped
  readonly askForRevision: (id: string, input: RevisePackInput) => Stepped<InvalidInput>
  /** After a revision was asked for: reads the artefacts again. */
  readonly recompile: (id: string) => Stepped<HostFailed>
  /** With its manifest. An OEM sees its own, once submitted. Fails with `ClosurePackNotFound`. */
  readonly get: (id: string) => Acting<ClosurePack, ClosurePackNotFound>
  readonly list: (input?: ListPacksInput) => Acting<Page<ClosurePack>, InvalidInput>
}

type Needs = PackStore | SubmissionStore | FieldStore | CallStore | Recording | Transactor | Ids

/** What the table asks of the pack of an installation. */
const factsOf = (job: Job, installation_id: string, whole: boolean, confirmation_call_completed: boolean): PackFacts => {
  const installation = job.installations.find(({ id }) => id === installation_id)
  const survey = job.surveys.find(({ id }) => id === installation?.survey)
  return {
    installation_closed: installation?.status === "closed",
    report_submitted: installation?.report_reference != null,
    survey_approved: survey?.status === "reviewed_approved" && survey.report_reference !== null,
    whole,
    confirmation_call_completed
  }
}

/** Whether a user may see it: an OEM its own, once submitted. */
const isShownTo = (user: User, pack: ClosurePack, oem: string): boolean =>
  user.role !== "oem" || (oem === user.id && pack.submitted_to_oem_at !== null)

export class ClosurePacks extends Context.Tag("billwright/ClosurePacks")<ClosurePacks, ClosurePacksShape>() {
  static readonly layer: Layer.Layer<ClosurePacks, never, Needs> = Layer.effect(
    ClosurePacks,
    Effect.gen(function* () {
      const store = yield* PackStore
      const field = yield* FieldStore
      const calls = yield* CallStore
      const recording = yield* Recording
      const { transaction } = yield* Transactor
      const ids = yield* Ids
      const acting = actingOver(yield* UserDirectory)
      const host = yield* Artefacts
      const required = yield* RequiredArtefacts
      const draw = yield* drawing
      const submitting = submittingOver(yield* SubmissionStore, ids)

      const manifestOf = (subject: PackSubject) => (host === null ? Effect.succeed([]) : artefactsOf(host, subject))

      /** A pack with the job around it, locked or read, for a user who may see it. */
      const known = Effect.fnUntraced(function* (id: string, user: User, lock: boolean) {
        const first = isUuid(id) ? yield* store.find({ id }) : undefined
        if (first === undefined) return yield* new ClosurePackNotFound({ id })
        const job = (yield* field.job({ kind: "lead", id: first.lead }, lock))!
        const pack = lock ? (yield* store.find({ id }))! : first
        return isShownTo(user, pack, job.lead.oem) ? { pack, job } : yield* new ClosurePackNotFound({ id })
      })

      /** Decides a step; `set` comes with it. */
      const stepped = (pack: ClosurePack, job: Job, action: PackAction, now: DateTime.Utc, set: Partial<ClosurePack>) => {
        const facts = factsOf(job, pack.installation, true, pack.confirmation_call_completed)
        return Effect.map(
          decide(packMachine, { action, facts, id: pack.id, status: pack.status }),
          (status): ClosurePack => ({ ...pack, ...set, status, updated_at: now })
        )
      }

      const written = Effect.fnUntraced(function* (before: ClosurePack, after: ClosurePack, job: Job, reason: string | null, doing: Doing) {
        yield* store.save(after)
        yield* recording.others(job.lead, [{ kind: "closure_pack", before, after, reason }], doing)
        return after
      })

      /** A step that only changes the pack. */
      const step = (
        operation: "packs.manage" | "packs.answer",
        action: PackAction,
        id: string,
        set: (pack: ClosurePack, now: DateTime.Utc) => Partial<ClosurePack>,
        reason: string | null = null
      ): Stepped =>
        Effect.gen(function* () {
          const user = yield* acting(operation)
          return yield* transaction(
            Effect.gen(function* () {
              const { job, pack } = yield* known(id, user, true)
              const now = yield* DateTime.now
              return yield* written(pack, yield* stepped(pack, job, action, now, set(pack, now)), job, reason, { user: user.id, now })
            })
          )
        })

      /** The artefacts as they are now, all required ones among them. The host is asked outside the transaction. */
      const whole = Effect.fnUntraced(function* (id: string, action: PackAction) {
        const user = yield* acting("packs.manage")
        const { job, pack } = yield* known(id, user, false)
        yield* stepped(pack, job, action, pack.updated_at, {})
        const manifest = yield* manifestOf(pack)
        const missing = missingKind(manifest, required)
        return missing === undefined ? manifest : yield* new RequirementMissing({ what: missing })
      })

      return ClosurePacks.of({
        compile: Effect.fn("ClosurePacks.compile")(function* (installation_id) {
          const user = yield* acting("packs.manage")
          const job = isUuid(installation_id) ? yield* field.job({ kind: "installation", id: installation_id }, false) : undefined
          if (job === undefined) return yield* new InstallationNotFound({ id: installation_id })
          const id = ClosurePackId.make(yield* ids.next)
          const installation = job.installations.find((one) => one.id === installation_id)!
          const survey = job.surveys.find((one) => one.id === installation.survey)!
          const status = (manifest_whole: boolean, around: Job) =>
            decide(packMachine, { action: "compile", facts: factsOf(around, installation_id, manifest_whole, false), id, status: null })
          yield* status(true, job)
          if ((yield* store.find({ installation: installation_id })) !== undefined)
            return yield* new PackExists({ installation: installation_id })
          const subject: PackSubject = {
            lead: job.lead.id,
            installation: installation_id,
            survey_report: survey.report_reference!,
            installation_report: installation.report_reference!
          }
          const manifest = yield* manifestOf(subject)
          return yield* transaction(
            Effect.gen(function* () {
              const locked = (yield* field.job({ kind: "installation", id: installation_id }, true))!
              const now = yield* DateTime.now
              if ((yield* store.find({ installation: installation_id })) !== undefined)
                return yield* new PackExists({ installation: installation_id })
              const pack: ClosurePack = {
                ...subject,
                id,
                organization_id: yield* CurrentOrganization,
                compiled_by: user.id,
                confirmation_call_completed: false,
                status: yield* status(missingKind(manifest, required) === undefined, locked),
                submitted_to_oem_at: null,
                oem_response: "pending",
                manifest,
                pack_file: null,
                revision_note: null,
                created_at: now,
                updated_at: now
              }
              yield* store.insert(pack)
              yield* recording.others(locked.lead, [{ kind: "closure_pack", before: null, after: pack, reason: null }], {
                user: user.id,
                now
              })
              return pack
            })
          )
        }),

        complete: Effect.fn("ClosurePacks.complete")(function* (id) {
          const manifest = yield* whole(id, "complete")
          return yield* step("packs.manage", "complete", id, () => ({ manifest }))
        }),

        recompile: Effect.fn("ClosurePacks.recompile")(function* (id) {
          const manifest = yield* whole(id, "recompile")
          return yield* step("packs.manage", "recompile", id, () => ({ manifest }))
        }),

        markConfirmed: Effect.fn("ClosurePacks.markConfirmed")(function* (id) {
          const user = yield* acting("packs.confirm")
          return yield* transaction<ClosurePack, ClosurePackNotFound | InvalidTransition | CallMissing | StorageError, CurrentOrganization>(
            Effect.gen(function* () {
              const { pack } = yield* known(id, user, true)
              if (pack.confirmation_call_completed) return pack
              if ((yield* calls.lastConnected("post_install", pack.installation)) === null)
                return yield* new CallMissing({ call_type: "post_install" })
              const after: ClosurePack = { ...pack, confirmation_call_completed: true, updated_at: yield* DateTime.now }
              yield* store.save(after)
              return after
            })
          )
        }),

        submit: Effect.fn("ClosurePacks.submit")(function* (id, input = {}) {
          const { oem } = yield* decodeSubmit(input)
          const user = yield* acting("packs.manage")
          const found = yield* known(id, user, false)
          const at = yield* DateTime.now
          yield* requireOem(found.job.lead.oem, oem)
          yield* stepped(found.pack, found.job, "submit", at, {})
          // Drawn before the transaction: nothing leaves the process inside it.
          const pack_file = yield* draw(`packs/${id}`, packSheet(found.pack, found.job, at.epochMillis))
          return yield* transaction(
            Effect.gen(function* () {
              const { job, pack } = yield* known(id, user, true)
              const now = yield* DateTime.now
              const set = { submitted_to_oem_at: now, oem_response: "pending", pack_file } as const
              const after = yield* stepped(pack, job, "submit", now, set)
              const doing = { user: user.id, now }
              yield* written(pack, after, job, null, doing)
              yield* submitting("closure_pack", id, job.lead.oem, user, now)
              // Submitted again, its lead is closed already.
              if (job.lead.status !== "closed") yield* recording.job(job.lead, [yield* moveLead(job.lead, "close", { now })], doing)
              return after
            })
          )
        }),

        accept: Effect.fn("ClosurePacks.accept")((id) => step("packs.answer", "accept", id, () => ({ oem_response: "accepted" }))),
        askForRevision: Effect.fn("ClosurePacks.askForRevision")(function* (id, input) {
          const { note } = yield* decodeRevise(input)
          const set = { oem_response: "revision_needed", revision_note: note } as const
          return yield* step("packs.answer", "ask_for_revision", id, () => set, note)
        }),

        get: Effect.fn("ClosurePacks.get")(function* (id) {
          const user = yield* acting("reports.read")
          return (yield* known(id, user, false)).pack
        }),

        list: Effect.fn("ClosurePacks.list")(function* (input = {}) {
          const given = yield* decodeList(input)
          const request = yield* pageRequest(given, ["created_at"])
          const user = yield* acting("reports.read")
          const own = user.role === "oem" ? { oem: user.id, handed_over: true } : {}
          return pageOf(request, yield* store.page({ ...given, ...own }, request))
        })
      })
    })
  )
}
