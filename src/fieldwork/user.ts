/** Users are the host's: what the library asks about them, and who acts. */
import { Context, Effect, Schema } from "effect"
import { brandedId } from "../core/index.js"

export const UserId = brandedId("UserId")
export type UserId = typeof UserId.Type

export const Role = Schema.Literal("oem", "customer", "central_ops", "field_team", "procurement", "finance", "oem_reporting")
export type Role = typeof Role.Type

/** A user as the host's directory knows them; an address is null where there is none. */
export interface User {
  readonly id: string
  readonly role: Role
  readonly name: string
  /** E.164. */
  readonly phone: string | null
  readonly email: string | null
  /** What the push gateway takes as an address. */
  readonly push: string | null
  /** Such as `en` or `en-IN`. */
  readonly locale: string
  readonly timezone: string
}

/** The host's answer could not be had: which of its ports, and why. */
export class HostFailed extends Schema.TaggedError<HostFailed>()("HostFailed", { port: Schema.String, reason: Schema.String }) {
  override get message() {
    return `the host's ${this.port} failed: ${this.reason}`
  }
}

/** A promise of the host's as an effect that fails with `HostFailed`. */
export const fromHost = <A>(port: string, ask: () => Promise<A>): Effect.Effect<A, HostFailed> =>
  Effect.tryPromise({
    try: ask,
    catch: (cause) => new HostFailed({ port, reason: cause instanceof Error ? cause.message : String(cause) })
  })

export interface UserDirectoryShape {
  /** Those of `ids` that there are, in any order. */
  readonly find: (ids: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<User>, HostFailed>
  /** Everybody who has the role. */
  readonly inRole: (role: Role) => Effect.Effect<ReadonlyArray<User>, HostFailed>
}

/** The host's directory of users; it knows nobody unless the host gives one. */
export class UserDirectory extends Context.Reference<UserDirectory>()("billwright/UserDirectory", {
  defaultValue: (): UserDirectoryShape => ({ find: () => Effect.succeed([]), inRole: () => Effect.succeed([]) })
}) {}

/** What a host without Effect gives. */
export interface HostUsers {
  readonly find: (ids: ReadonlyArray<string>) => Promise<ReadonlyArray<User>>
  readonly inRole: (role: Role) => Promise<ReadonlyArray<User>>
}

/** A directory from functions that answer promises. */
export const userDirectory = (host: HostUsers): UserDirectoryShape => ({
  find: (ids) => (ids.length === 0 ? Effect.succeed([]) : fromHost("directory", () => host.find(ids))),
  inRole: (role) => fromHost("directory", () => host.inRole(role))
})

/** The user who acts: every call on the field side names one. */
export class CurrentUser extends Context.Tag("billwright/CurrentUser")<CurrentUser, string>() {}
