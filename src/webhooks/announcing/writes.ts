/** How the stores below tell what is written through them. */
import { Effect } from "effect"
import { CurrentOrganization, type OrganizationId, type StorageError } from "../../core/index.js"
import type { Happening } from "../event.js"
import type { Outbox } from "../outbox.js"

type Events = Effect.Effect<ReadonlyArray<Happening>, StorageError, CurrentOrganization>

interface Telling<B> {
  /** What is read before the write; nothing unless given. */
  readonly before?: Effect.Effect<B, StorageError, CurrentOrganization>
  readonly events: (before: B) => Events | ReadonlyArray<Happening>
}

const asEffect = (events: Events | ReadonlyArray<Happening>): Events => (Effect.isEffect(events) ? events : Effect.succeed(events))

export interface Writes {
  /** A write of rows of one organization. */
  readonly ofRows: <A, E, R, B = undefined>(
    rows: ReadonlyArray<{ readonly organization_id: string }>,
    write: Effect.Effect<A, E, R>,
    telling: Telling<B>
  ) => Effect.Effect<A, E | StorageError, R>
  /** A write on behalf of the current organization, of rows by their ids. */
  readonly ofIds: <A, E, R, B = undefined>(
    ids: ReadonlyArray<string>,
    write: Effect.Effect<A, E, R>,
    telling: Telling<B>
  ) => Effect.Effect<A, E | StorageError, R | CurrentOrganization>
}

export const writesOver = ({ announcing }: typeof Outbox.Service): Writes => {
  const written = <A, E, R, B>(organization_id: OrganizationId, write: Effect.Effect<A, E, R>, { before, events }: Telling<B>) =>
    announcing({
      organization_id,
      before: before ?? Effect.succeed(undefined as B),
      write,
      events: (known) => asEffect(events(known))
    })
  return {
    ofRows: (rows, write, telling) => (rows[0] === undefined ? write : written(rows[0].organization_id as OrganizationId, write, telling)),
    ofIds: (ids, write, telling) =>
      ids.length === 0 ? write : Effect.flatMap(CurrentOrganization, (organization) => written(organization, write, telling))
  }
}

/** Rows by their ids. */
export const byId = <A extends { readonly id: string }>(rows: ReadonlyArray<A>): ReadonlyMap<string, A> =>
  new Map(rows.map((row) => [row.id, row]))
