/** A member: a user of the host, with one role in the organization. The library keeps no passwords. */
import { Schema } from "effect"
import { brandedId, Instant, OrganizationId, pageFields, Text } from "../core/index.js"

export const MemberId = brandedId("MemberId")
export type MemberId = typeof MemberId.Type

export const MemberRole = Schema.Literal("owner", "admin", "member")
export type MemberRole = typeof MemberRole.Type

export const Member = Schema.Struct({
  id: MemberId,
  organization_id: OrganizationId,
  /** The host's own id of the user. */
  user_id: Schema.String,
  role: MemberRole,
  created_at: Instant,
  updated_at: Instant
})
export type Member = typeof Member.Type

/** What `Members.add` takes. The `role` is member unless given. */
export const AddMember = Schema.Struct({
  user_id: Text.name(255),
  role: Schema.optionalWith(MemberRole, { default: () => "member" as const })
})
export type AddMemberInput = typeof AddMember.Encoded

/** What `Members.update` takes. */
export const UpdateMember = Schema.Struct({ role: MemberRole })
export type UpdateMemberInput = typeof UpdateMember.Encoded

export const ListMembers = Schema.Struct({ ...pageFields, role: Schema.optional(MemberRole) })
/** What `Members.list` takes: a page, and a role. */
export type ListMembersInput = typeof ListMembers.Encoded

/**
 * What a call needs: `everyday` work and reading, `administration` of the catalogue and what surrounds it, or `ownership`.
 *
 * @see billing 2
 */
export type Right = "everyday" | "administration" | "ownership"

const RIGHTS: Readonly<Record<MemberRole, ReadonlyArray<Right>>> = {
  owner: ["everyday", "administration", "ownership"],
  admin: ["everyday", "administration"],
  member: ["everyday"]
}

export const hasRight = (role: MemberRole, right: Right): boolean => RIGHTS[role].includes(right)

/** What it takes to make a member of this role, or to unmake one. */
export const rightOver = (role: MemberRole): Right => (role === "owner" ? "ownership" : "administration")
