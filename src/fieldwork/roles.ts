/**
 * Who may do what, as a table: every user has exactly one role.
 *
 * @see spec field-operations 2
 */
import { Effect } from "effect"
import { NotPermitted } from "../core/index.js"
import { UserNotFound } from "./errors.js"
import { CurrentUser, type HostFailed, type Role, type User, type UserDirectoryShape } from "./user.js"

const STAFF = ["central_ops", "field_team", "procurement", "finance", "oem_reporting"] as const

/** Roles by operation. Where an OEM, a customer or a field team may, they may with their own only. */
export const ROLES = {
  "oems.manage": ["central_ops"],
  "oems.read": [...STAFF, "oem"],
  "leads.create": ["oem", "central_ops"],
  "leads.move": ["central_ops"],
  "field.read": [...STAFF, "oem", "customer"],
  "surveys.plan": ["central_ops"],
  "surveys.work": ["field_team", "central_ops"],
  "installations.plan": ["central_ops"],
  "installations.work": ["field_team", "central_ops"],
  "installations.material": ["procurement", "central_ops"],
  "calls.log": ["central_ops", "field_team"],
  "templates.manage": ["central_ops"],
  "messages.own": [...STAFF, "oem", "customer"],
  "messages.manage": ["central_ops"],
  "packs.manage": ["oem_reporting"],
  "packs.confirm": ["oem_reporting", "central_ops"],
  "packs.answer": ["oem", "oem_reporting"],
  "reports.manage": ["oem_reporting"],
  "reports.read": ["oem_reporting", "central_ops", "oem"],
  "submissions.acknowledge": ["oem", "oem_reporting"],
  "dashboard.read": ["oem_reporting", "central_ops"],
  "emergencies.raise": ["central_ops", "field_team"],
  "emergencies.manage": ["central_ops"],
  "payouts.mark": ["central_ops"],
  "payouts.pay": ["finance"],
  "payouts.read": ["central_ops", "finance"],
  "users.remove": ["central_ops"]
} as const satisfies Readonly<Record<string, ReadonlyArray<Role>>>

export type Operation = keyof typeof ROLES

export const mayDo = (role: Role, operation: Operation): boolean => (ROLES[operation] as ReadonlyArray<Role>).includes(role)

/** What the check of a role can fail with. */
export type AccessError = UserNotFound | NotPermitted | HostFailed

/** The acting user, where their role may do `operation`. Fails with `UserNotFound`, `NotPermitted`. */
export const actingOver =
  (directory: UserDirectoryShape) =>
  (operation: Operation): Effect.Effect<User, AccessError, CurrentUser> =>
    Effect.gen(function* () {
      const id = yield* CurrentUser
      const [user] = yield* directory.find([id])
      if (user === undefined) return yield* new UserNotFound({ id })
      return mayDo(user.role, operation) ? user : yield* new NotPermitted({ role: user.role, operation })
    })

/** Those users, who must all be there. Fails with `UserNotFound`, which names the first that is not. */
export const requireUsers = (
  directory: UserDirectoryShape,
  ids: ReadonlyArray<string | null | undefined>
): Effect.Effect<ReadonlyMap<string, User>, UserNotFound | HostFailed> =>
  Effect.gen(function* () {
    const asked = [...new Set(ids.filter((id): id is string => id != null))]
    if (asked.length === 0) return new Map()
    const found = new Map((yield* directory.find(asked)).map((user) => [user.id, user]))
    const missing = asked.find((id) => !found.has(id))
    return missing === undefined ? found : yield* new UserNotFound({ id: missing })
  })
