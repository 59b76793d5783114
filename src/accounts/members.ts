/** The service of members: who of the host's users may do what in an organization. */
import { Context, DateTime, Effect, Layer } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  type ExternalIdTaken,
  Ids,
  type InvalidInput,
  isStorable,
  NotPermitted,
  type Page,
  pageOf,
  pageRequest,
  type StorageError,
  Transactor
} from "../core/index.js"
import { LastOwner, MemberNotFound, OrganizationNotFound } from "./errors.js"
import {
  AddMember,
  type AddMemberInput,
  hasRight,
  ListMembers,
  type ListMembersInput,
  type Member,
  MemberId,
  type MemberRole,
  type Right,
  rightOver,
  UpdateMember,
  type UpdateMemberInput
} from "./member.js"
import { MemberStore, OrganizationStore } from "./store.js"

const decodeAdd = decodeInput(AddMember)
const decodeUpdate = decodeInput(UpdateMember)
const decodeList = decodeInput(ListMembers)

type Call<A, E = never> = Effect.Effect<A, E | StorageError, CurrentOrganization>

/** The host's user on whose behalf a call is made, checked against the members; null: the host itself or an API key, which may do all. */
export class CurrentMember extends Context.Reference<CurrentMember>()("billwright/CurrentMember", {
  defaultValue: (): string | null => null
}) {}

export interface MembersShape {
  /** Fails with `InvalidInput`, `ExternalIdTaken` where the user is a member already, `NotPermitted`. */
  readonly add: (input: AddMemberInput) => Call<Member, InvalidInput | ExternalIdTaken | NotPermitted | OrganizationNotFound>
  /** By the host's id of the user. Fails with `MemberNotFound`. */
  readonly get: (user_id: string) => Call<Member, MemberNotFound>
  /** Sorted by `created_at` or `user_id`. Fails with `InvalidInput`. */
  readonly list: (input?: ListMembersInput) => Call<Page<Member>, InvalidInput>
  /** Changes a role. Fails with `InvalidInput`, `MemberNotFound`, `NotPermitted`, `LastOwner` where no owner would be left. */
  readonly update: (
    user_id: string,
    input: UpdateMemberInput
  ) => Call<Member, InvalidInput | MemberNotFound | LastOwner | NotPermitted | OrganizationNotFound>
  /** Fails with `MemberNotFound`, `NotPermitted`, `LastOwner` where no owner would be left. */
  readonly remove: (user_id: string) => Call<void, MemberNotFound | LastOwner | NotPermitted | OrganizationNotFound>
  /**
   * Nothing where the call's member has the right, or where it is the host's or a key's own.
   *
   * Fails with `NotPermitted`, whose role is `none` for a user who is no member.
   *
   * @see billing 2
   */
  readonly permit: (right: Right, operation: string) => Call<void, NotPermitted>
}

export class Members extends Context.Tag("billwright/Members")<Members, MembersShape>() {
  static readonly layer: Layer.Layer<Members, never, MemberStore | OrganizationStore | Transactor | Ids> = Layer.effect(
    Members,
    Effect.gen(function* () {
      const store = yield* MemberStore
      const organizations = yield* OrganizationStore
      const { transaction } = yield* Transactor
      const ids = yield* Ids

      const known = (user_id: string) => (isStorable(user_id) ? store.find(user_id) : Effect.succeed(undefined))

      const find = (user_id: string) =>
        Effect.flatMap(known(user_id), (member) => (member === undefined ? new MemberNotFound({ id: user_id }) : Effect.succeed(member)))

      const permit = Effect.fnUntraced(function* (right: Right, operation: string) {
        const user_id = yield* CurrentMember
        if (user_id === null) return
        const member = yield* known(user_id)
        if (member === undefined || !hasRight(member.role, right)) {
          return yield* new NotPermitted({ role: member?.role ?? "none", operation })
        }
      })

      /** One change of members at a time, so that the last two owners do not both go. */
      const changing = <A, E, R>(change: Effect.Effect<A, E, R>) =>
        transaction(
          Effect.gen(function* () {
            const id = yield* CurrentOrganization
            if ((yield* organizations.lock) === undefined) return yield* new OrganizationNotFound({ id })
            return yield* change
          })
        )

      const keepAnOwner = Effect.fnUntraced(function* ({ role, user_id }: Member, after: MemberRole | "none") {
        if (role === "owner" && after !== "owner" && (yield* store.owners) === 1) return yield* new LastOwner({ user_id })
      })

      return Members.of({
        permit: Effect.fn("Members.permit")(permit),

        add: Effect.fn("Members.add")(function* (input) {
          const given = yield* decodeAdd(input)
          const id = MemberId.make(yield* ids.next)
          return yield* changing(
            Effect.gen(function* () {
              yield* permit(rightOver(given.role), "Members.add")
              const now = yield* DateTime.now
              const member: Member = { ...given, id, organization_id: yield* CurrentOrganization, created_at: now, updated_at: now }
              yield* store.insert(member)
              return member
            })
          )
        }),

        get: Effect.fn("Members.get")(find),

        list: Effect.fn("Members.list")(function* (input = {}) {
          const { role, ...page } = yield* decodeList(input)
          const request = yield* pageRequest(page, ["created_at", "user_id"])
          return pageOf(request, yield* store.page({ role }, request))
        }),

        update: Effect.fn("Members.update")(function* (user_id, input) {
          const { role } = yield* decodeUpdate(input)
          return yield* changing(
            Effect.gen(function* () {
              const before = yield* find(user_id)
              for (const concerned of [before.role, role]) yield* permit(rightOver(concerned), "Members.update")
              yield* keepAnOwner(before, role)
              if (before.role === role) return before
              const after: Member = { ...before, role, updated_at: yield* DateTime.now }
              yield* store.save(after)
              return after
            })
          )
        }),

        remove: Effect.fn("Members.remove")(function* (user_id) {
          yield* changing(
            Effect.gen(function* () {
              const member = yield* find(user_id)
              yield* permit(rightOver(member.role), "Members.remove")
              yield* keepAnOwner(member, "none")
              yield* store.delete(member)
            })
          )
        })
      })
    })
  )
}
