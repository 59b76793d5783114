/** The service of templates. */
import { Context, DateTime, Effect, Layer, Schema } from "effect"
import {
  CurrentOrganization,
  decodeInput,
  Immutable,
  InvalidInput,
  JsonObject,
  named,
  type StorageError,
  TimeZone,
  Transactor
} from "../core/index.js"
import { type Acting, actingOver, UserDirectory } from "../fieldwork/index.js"
import { catalogueTemplates } from "./catalogue.js"
import { type InvalidTemplate, NameTaken, TemplateNotFound } from "./errors.js"
import { TemplateStore } from "./store.js"
import {
  CreateTemplate,
  type CreateTemplateInput,
  hintsOf,
  ListTemplates,
  type ListTemplatesInput,
  type NotificationTemplate,
  partsOf,
  type RenderError,
  type RenderedMessage,
  renderMessage,
  type SavedTemplate,
  UpdateTemplate,
  type UpdateTemplateInput
} from "./template.js"

const Preview = Schema.Struct({
  variables: JsonObject,
  locale: Schema.optionalWith(Schema.String, { default: () => "en" }),
  timezone: Schema.optionalWith(TimeZone, { default: () => TimeZone.make("UTC") })
})
/** `variables` to fill in, and the recipient's `locale` (`en`) and `timezone` (UTC). */
export type PreviewInput = typeof Preview.Encoded

export interface PreviewedMessage extends RenderedMessage {
  /** For SMS; else null. */
  readonly sms_parts: number | null
}

export interface NotificationTemplatesShape {
  /**
   * Reads the texts and keeps them; answers the variables that they take, and for SMS the parts of a sample.
   *
   * Fails with `InvalidTemplate {field, line, reason}`, `NameTaken`, `InvalidInput` (a name without its channel, a subject where there is none), `NotPermitted`.
   *
   * @see decisions F7
   */
  readonly create: (input: CreateTemplateInput) => Acting<SavedTemplate, InvalidInput | InvalidTemplate | NameTaken>
  /** Fails with `TemplateNotFound`. */
  readonly get: (id: number) => Acting<NotificationTemplate, TemplateNotFound>
  /** By name; narrowed by channel and state. */
  readonly list: (input?: ListTemplatesInput) => Acting<ReadonlyArray<NotificationTemplate>, InvalidInput>
  /** What is queued keeps its text. Fails like `create`, with `TemplateNotFound`, `Immutable` for another channel. */
  readonly update: (
    id: number,
    input: UpdateTemplateInput
  ) => Acting<SavedTemplate, InvalidInput | InvalidTemplate | NameTaken | TemplateNotFound | Immutable>
  /** Messages that were made by it stay; their reference becomes null. Fails with `TemplateNotFound`. */
  readonly delete: (id: number) => Acting<void, TemplateNotFound>
  /** What it would say. Fails with `TemplateNotFound`, `MissingVariable {names}`, `TextTooLong`, `InvalidInput`. */
  readonly preview: (id: number, input: PreviewInput) => Acting<PreviewedMessage, InvalidInput | TemplateNotFound | RenderError>
  /** Installs the catalogue: existing names are kept as they are. Answers what was new. */
  readonly installCatalogue: () => Acting<ReadonlyArray<NotificationTemplate>>
}

const decodeCreate = decodeInput(CreateTemplate)
const decodeUpdate = decodeInput(UpdateTemplate)
const decodeList = decodeInput(ListTemplates)
const decodePreview = decodeInput(Preview)

type Texts = Pick<NotificationTemplate, "name" | "channel" | "subject_template" | "body_template" | "provider_template">

/** What the channel asks of a template; its hints. */
const checked = (template: Texts) =>
  Effect.gen(function* () {
    const { channel, name, provider_template, subject_template } = template
    const refuse = (field: string, reason: string) => new InvalidInput({ field, reason })
    if (!name.endsWith(`_${channel}`)) return yield* refuse("name", `expected a name that ends in _${channel}`)
    if (channel === "email" && subject_template.trim() === "") return yield* refuse("subject_template", "expected a subject for e-mail")
    if (channel !== "email" && subject_template !== "") return yield* refuse("subject_template", "only e-mail has a subject")
    if (channel !== "whatsapp" && provider_template !== null) return yield* refuse("provider_template", "only WhatsApp templates have one")
    return yield* hintsOf(template)
  })

export class NotificationTemplates extends Context.Tag("billwright/NotificationTemplates")<
  NotificationTemplates,
  NotificationTemplatesShape
>() {
  static readonly layer: Layer.Layer<NotificationTemplates, never, TemplateStore | Transactor> = Layer.effect(
    NotificationTemplates,
    Effect.gen(function* () {
      const store = yield* TemplateStore
      const { transaction } = yield* Transactor
      const acting = actingOver(yield* UserDirectory)
      const permitted = acting("templates.manage")

      const by =
        (read: (id: number) => Effect.Effect<NotificationTemplate | undefined, StorageError, CurrentOrganization>) => (id: number) =>
          Effect.flatMap(Number.isSafeInteger(id) && id > 0 ? read(id) : Effect.succeed(undefined), (found) =>
            found === undefined ? new TemplateNotFound({ id: String(id) }) : Effect.succeed(found)
          )
      const find = by(store.find)
      const lock = by(store.lock)

      const insert = (given: ReadonlyArray<typeof CreateTemplate.Type>) =>
        Effect.gen(function* () {
          const organization_id = yield* CurrentOrganization
          const now = yield* DateTime.now
          return yield* transaction(
            Effect.gen(function* () {
              const ids = yield* store.takeIds(given.length)
              const rows = given.map(
                (one, index): NotificationTemplate => ({
                  id: ids[index]!,
                  organization_id,
                  ...one,
                  created_at: now,
                  updated_at: now
                })
              )
              const inserted = yield* store.insertFree(rows)
              return rows.filter(({ id }) => inserted.has(id))
            })
          )
        })

      return NotificationTemplates.of({
        create: Effect.fn("NotificationTemplates.create")(function* (input) {
          yield* permitted
          const given = yield* decodeCreate(input)
          const hints = yield* checked(given)
          const [template] = yield* insert([given])
          if (template === undefined) return yield* new NameTaken({ entity: "NotificationTemplate", name: given.name })
          return { ...template, hints }
        }),

        get: Effect.fn("NotificationTemplates.get")(function* (id) {
          yield* permitted
          return yield* find(id)
        }),

        list: Effect.fn("NotificationTemplates.list")(function* (input = {}) {
          yield* permitted
          return yield* store.list(yield* decodeList(input))
        }),

        update: Effect.fn("NotificationTemplates.update")(function* (id, input) {
          yield* permitted
          const changes = yield* decodeUpdate(input)
          return yield* transaction(
            Effect.gen(function* () {
              const template = yield* lock(id)
              if (changes.channel !== undefined && changes.channel !== template.channel) return yield* new Immutable({ field: "channel" })
              const after: NotificationTemplate = { ...template, ...named(changes), updated_at: yield* DateTime.now }
              const hints = yield* checked(after)
              yield* store.save(after)
              return { ...after, hints }
            })
          )
        }),

        delete: Effect.fn("NotificationTemplates.delete")(function* (id) {
          yield* permitted
          yield* transaction(Effect.zipRight(lock(id), store.remove(id)))
        }),

        preview: Effect.fn("NotificationTemplates.preview")(function* (id, input) {
          yield* permitted
          const { variables, ...reader } = yield* decodePreview(input)
          const template = yield* find(id)
          const message = yield* renderMessage(template, variables, reader)
          return { ...message, sms_parts: partsOf(template.channel, message.body) }
        }),

        installCatalogue: Effect.fn("NotificationTemplates.installCatalogue")(function* () {
          yield* permitted
          const known = new Set((yield* store.named(catalogueTemplates.map(({ name }) => name))).map(({ name }) => name))
          const missing = catalogueTemplates.filter(({ name }) => !known.has(name))
          return missing.length === 0 ? [] : yield* insert(missing.map((one) => ({ ...one, is_active: true, provider_template: null })))
        })
      })
    })
  )
}
