/** A template: a reusable message with placeholders, for one channel. Its texts are read when it is saved, so that none is kept that cannot be. */
import { Either, Schema } from "effect"
import { Instant, OrganizationId, Text } from "../core/index.js"
import { InvalidTemplate, MissingVariable } from "./errors.js"
import {
  type Compiled,
  compile,
  parseTemplate,
  plainValue,
  type Reader,
  render,
  smsParts,
  type Value,
  variablesOf
} from "./language/index.js"

export const TemplateChannel = Schema.Literal("sms", "email", "whatsapp", "push")
export type TemplateChannel = typeof TemplateChannel.Type

export const NotificationTemplate = Schema.Struct({
  /** Counts from 1 in an organization; none is given twice. */
  id: Schema.Int,
  organization_id: OrganizationId,
  name: Schema.String,
  channel: TemplateChannel,
  /** Empty but for e-mail. */
  subject_template: Schema.String,
  body_template: Schema.String,
  is_active: Schema.Boolean,
  /** What the provider approved it as; WhatsApp only. */
  provider_template: Schema.NullOr(Schema.String),
  created_at: Instant,
  updated_at: Instant
})
export type NotificationTemplate = typeof NotificationTemplate.Type

const Name = Text.atMost(100).pipe(
  Schema.filter((name) => /^[a-z][a-z0-9]*(?:_[a-z0-9]+)+$/.test(name), { message: () => "expected snake case: a purpose and the channel" })
)

const fields = {
  subject_template: Text.atMost(255),
  body_template: Text.name(20_000),
  is_active: Schema.Boolean,
  provider_template: Schema.NullOr(Text.name(255))
}

export const CreateTemplate = Schema.Struct({
  name: Name,
  channel: TemplateChannel,
  subject_template: Schema.optionalWith(fields.subject_template, { default: () => "" }),
  body_template: fields.body_template,
  is_active: Schema.optionalWith(fields.is_active, { default: () => true }),
  provider_template: Schema.optionalWith(fields.provider_template, { default: () => null })
})
/** `name`: snake case, purpose and channel (`survey_confirmation_sms`). E-mail needs a `subject_template`, other channels have none. */
export type CreateTemplateInput = typeof CreateTemplate.Encoded

export const UpdateTemplate = Schema.Struct({
  name: Schema.optional(Name),
  /** Fixed: another one is refused. */
  channel: Schema.optional(TemplateChannel),
  subject_template: Schema.optional(fields.subject_template),
  body_template: Schema.optional(fields.body_template),
  is_active: Schema.optional(fields.is_active),
  provider_template: Schema.optional(fields.provider_template)
})
export type UpdateTemplateInput = typeof UpdateTemplate.Encoded

export const ListTemplates = Schema.Struct({ channel: Schema.optional(TemplateChannel), is_active: Schema.optional(Schema.Boolean) })
export type ListTemplatesInput = typeof ListTemplates.Encoded

/** What saving tells about a template's texts. */
export interface TemplateHints {
  /** Paths of the variables that it takes, in the order of the texts. */
  readonly variables: ReadonlyArray<string>
  /** For SMS: the parts of a sample in which each variable shows its own name; else null. */
  readonly sms_parts: number | null
}

export interface SavedTemplate extends NotificationTemplate {
  readonly hints: TemplateHints
}

/** What a template came to for one recipient. */
export interface RenderedMessage {
  readonly subject: string
  readonly body: string
}

type Texts = Pick<NotificationTemplate, "subject_template" | "body_template">

interface Read {
  readonly subject: Compiled
  readonly body: Compiled
  readonly variables: ReadonlyArray<string>
}

const readText = (field: keyof Texts, source: string) =>
  Either.mapBoth(parseTemplate(source), {
    onLeft: ({ line, reason }) => new InvalidTemplate({ field, line, reason }),
    onRight: (nodes) => ({ compiled: compile(nodes), variables: variablesOf(nodes) })
  })

const readTexts = ({ body_template, subject_template }: Texts): Either.Either<Read, InvalidTemplate> =>
  Either.gen(function* () {
    const subject = yield* readText("subject_template", subject_template)
    const body = yield* readText("body_template", body_template)
    return { subject: subject.compiled, body: body.compiled, variables: [...new Set([...subject.variables, ...body.variables])] }
  })

/** A path's place filled with its own name. */
const sampleOf = (variables: ReadonlyArray<string>): Value => {
  const sample: Record<string, unknown> = {}
  for (const variable of variables) {
    const steps = variable.split(".")
    let at = sample
    for (const step of steps.slice(0, -1)) {
      if (typeof at[step] !== "object") at[step] = {}
      at = at[step] as Record<string, unknown>
    }
    at[steps.at(-1)!] ??= variable
  }
  return plainValue(sample)
}

const SAMPLE_READER: Reader = { locale: "en", timezone: "UTC" }

export const partsOf = (channel: string, body: string): number | null => (channel === "sms" ? smsParts(body) : null)

/** Fails with `InvalidTemplate` where a text is none. */
export const hintsOf = (template: Texts & Pick<NotificationTemplate, "channel">): Either.Either<TemplateHints, InvalidTemplate> =>
  Either.map(readTexts(template), ({ body, variables }) => ({
    variables,
    sms_parts: partsOf(template.channel, render(body, sampleOf(variables), SAMPLE_READER, false)?.text ?? "")
  }))

/** A subject is one line of at most 255 characters, whatever its variables hold. */
const oneLine = (text: string): string => [...text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim()].slice(0, 255).join("")

/** A text that both engines keep as it is. */
const storable = (text: string): string => text.replaceAll("\u0000", "").replace(/\p{Surrogate}/gu, "\ufffd")

/** A text would be longer than 65,536 characters, or its loops take more than 10,000 steps. */
export class TextTooLong extends Schema.TaggedError<TextTooLong>()("TextTooLong", { name: Schema.String }) {
  override get message() {
    return `the text of template ${this.name} would be too long`
  }
}

export type RenderError = MissingVariable | TextTooLong

/**
 * The message of a template for one reader. HTML is escaped in bodies of e-mails.
 *
 * Fails with `MissingVariable`, which names all that are missing, `TextTooLong`.
 */
export const renderMessage = (
  template: Texts & Pick<NotificationTemplate, "channel" | "name">,
  variables: Readonly<Record<string, unknown>>,
  reader: Reader
): Either.Either<RenderedMessage, RenderError> => {
  const read = readTexts(template)
  // None is stored that cannot be read.
  if (Either.isLeft(read)) throw read.left
  const values = plainValue(variables)
  const subject = render(read.right.subject, values, reader, false)
  const body = render(read.right.body, values, reader, template.channel === "email")
  if (subject === null || body === null) return Either.left(new TextTooLong({ name: template.name }))
  const names = [...new Set([...subject.missing, ...body.missing])]
  if (names.length > 0) return Either.left(new MissingVariable({ names }))
  return Either.right({ subject: storable(oneLine(subject.text)), body: storable(body.text) })
}
