/** The service of OEM profiles. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import { CustomerNotFound, CustomerStore } from "../accounts/index.js"
import { AddOnNotFound, AddOnStore } from "../catalog/index.js"
import {
  CurrentOrganization,
  decodeInput,
  InvalidInput as Invalid,
  type InvalidInput,
  isUuid,
  type Page,
  type PageInput,
  pageFields,
  pageOf,
  pageRequest,
  Transactor
} from "../core/index.js"
import type { Acting } from "./desk.js"
import { OemNotFound, type UserNotFound } from "./errors.js"
import { CreateOem, type CreateOemInput, type OemProfile, UpdateOem, type UpdateOemInput } from "./oem.js"
import { actingOver, requireUsers } from "./roles.js"
import { OemStore } from "./store.js"
import { UserDirectory } from "./user.js"

const decodeCreate = decodeInput(CreateOem)
const decodeUpdate = decodeInput(UpdateOem)
const decodeList = decodeInput(Schema.Struct(pageFields))

type Billed = InvalidInput | CustomerNotFound | AddOnNotFound

export interface OemsShape {
  /** The profile of a user of role oem. Fails with `InvalidInput` also where they have one, `UserNotFound`, `CustomerNotFound`, `AddOnNotFound`. */
  readonly create: (input: CreateOemInput) => Acting<OemProfile, Billed | UserNotFound>
  /** By the OEM's user. Fails with `OemNotFound`. */
  readonly get: (id: string) => Acting<OemProfile, OemNotFound>
  /** An OEM sees its own. */
  readonly list: (input?: PageInput) => Acting<Page<OemProfile>, InvalidInput>
  /** For later calls and reports. Fails with `OemNotFound`, `InvalidInput`, `CustomerNotFound`, `AddOnNotFound`. */
  readonly update: (id: string, input: UpdateOemInput) => Acting<OemProfile, Billed | OemNotFound>
}

export class Oems extends Context.Tag("billwright/Oems")<Oems, OemsShape>() {
  static readonly layer: Layer.Layer<Oems, never, OemStore | CustomerStore | AddOnStore | Transactor> = Layer.effect(
    Oems,
    Effect.gen(function* () {
      const store = yield* OemStore
      const customers = yield* CustomerStore
      const addOns = yield* AddOnStore
      const { transaction } = yield* Transactor
      const directory = yield* UserDirectory
      const acting = actingOver(directory)

      /** What the names of a customer and an add-on stand for; those that are not named stay away. */
      const billed = Effect.fnUntraced(function* (given: {
        readonly external_customer_id?: string | null | undefined
        readonly add_on_code?: string | null | undefined
      }) {
        const { add_on_code: code, external_customer_id: external_id } = given
        const customer = external_id == null ? undefined : yield* customers.find({ external_id })
        if (external_id != null && customer === undefined) return yield* new CustomerNotFound({ id: external_id })
        const add_on = code == null ? undefined : yield* addOns.find({ code })
        if (code != null && add_on === undefined) return yield* new AddOnNotFound({ id: code })
        return {
          ...(external_id === undefined ? {} : { customer_id: customer?.id ?? null }),
          ...(code === undefined ? {} : { add_on_id: add_on?.id ?? null })
        }
      })

      const find = Effect.fnUntraced(function* (id: string, lock: boolean) {
        const found = isUuid(id) ? yield* (lock ? store.lock : store.find)(id) : undefined
        return found ?? (yield* new OemNotFound({ id }))
      })

      return Oems.of({
        create: Effect.fn("Oems.create")(function* (input) {
          const { timezone, sla_days, user: id, ...names } = yield* decodeCreate(input)
          yield* acting("oems.manage")
          const user = (yield* requireUsers(directory, [id])).get(id)!
          if (user.role !== "oem") return yield* new Invalid({ field: "user", reason: "expected a user of role oem" })
          return yield* transaction(
            Effect.gen(function* () {
              const now = yield* DateTime.now
              const organization_id = yield* CurrentOrganization
              const ties = { customer_id: null, add_on_id: null, ...(yield* billed(names)) }
              const profile: OemProfile = { id, organization_id, timezone, sla_days, ...ties, created_at: now, updated_at: now }
              if (!(yield* store.insert(profile))) return yield* new Invalid({ field: "user", reason: "has a profile already" })
              return profile
            })
          )
        }),

        get: Effect.fn("Oems.get")(function* (id) {
          const user = yield* acting("oems.read")
          return user.role === "oem" && user.id !== id ? yield* new OemNotFound({ id }) : yield* find(id, false)
        }),

        list: Effect.fn("Oems.list")(function* (input = {}) {
          const request = yield* pageRequest(yield* decodeList(input), ["created_at"])
          const user = yield* acting("oems.read")
          return pageOf(request, yield* store.page(user.role === "oem" ? { id: user.id } : {}, request))
        }),

        update: Effect.fn("Oems.update")(function* (id, input) {
          const { add_on_code, external_customer_id, sla_days, timezone } = yield* decodeUpdate(input)
          yield* acting("oems.manage")
          return yield* transaction(
            Effect.gen(function* () {
              const before = yield* find(id, true)
              const after: OemProfile = {
                ...before,
                timezone: timezone ?? before.timezone,
                sla_days: sla_days ?? before.sla_days,
                ...(yield* billed({ add_on_code, external_customer_id })),
                updated_at: yield* DateTime.now
              }
              yield* store.save(after)
              return after
            })
          )
        })
      })
    })
  )
}
