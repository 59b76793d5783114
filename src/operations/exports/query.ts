/** What an export asks for: its kind and filters as a caller gives them, checked, and as its row keeps them. */
import { DateTime, Effect, Schema } from "effect"
import { decodeInput, Instant, InvalidInput, instant, parseInstant } from "../../core/index.js"
import { exportShapes } from "./columns.js"
import { ExportFormat, ExportType } from "./export.js"

const Filters = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** What `DataExports.create` and `estimate` take. */
export interface ExportInput {
  readonly export_type: ExportType
  /**
   * By column: `status` and `customer_id` of invoices and subscriptions, `external_customer_id` and `code` of events, `fee_type` and
   * `invoice_id` of fees, `status` of credit notes, `resource_type`, `action` and `actor_type` of the audit log. And of every kind `from`
   * (inclusive) and `to` (exclusive): when rows were made, of events their `timestamp`.
   */
  readonly filters?: {
    readonly status?: string
    readonly customer_id?: string
    readonly external_customer_id?: string
    readonly code?: string
    readonly fee_type?: string
    readonly invoice_id?: string
    readonly resource_type?: string
    readonly action?: string
    readonly actor_type?: string
    readonly from?: string | Date | DateTime.Utc
    readonly to?: string | Date | DateTime.Utc
  }
}

/** What `DataExports.create` takes. */
export interface CreateExportInput extends ExportInput {
  /** `csv` unless given. */
  readonly format?: ExportFormat
}

/** A checked export: filters by column, and the span of time. */
export interface ExportQuery {
  readonly export_type: ExportType
  readonly equal: Readonly<Record<string, string>>
  readonly from: DateTime.Utc | null
  readonly to: DateTime.Utc | null
}

const envelope = { export_type: ExportType, filters: Schema.optionalWith(Filters, { default: () => ({}) }) }
const decodeEstimate = decodeInput(Schema.Struct(envelope))
const decodeCreate = decodeInput(
  Schema.Struct({ ...envelope, format: Schema.optionalWith(ExportFormat, { default: () => "csv" as const }) })
)

const span = { from: Schema.optional(Instant), to: Schema.optional(Instant) }

const schemaOf = (type: ExportType): Schema.Schema<Readonly<Record<string, unknown>>, unknown> =>
  Schema.Struct({
    ...Object.fromEntries(Object.entries(exportShapes[type].filters).map(([name, schema]) => [name, Schema.optional(schema)])),
    ...span
  }) as unknown as Schema.Schema<Readonly<Record<string, unknown>>, unknown>

const decodersOf = Object.fromEntries(ExportType.literals.map((type) => [type, decodeInput(schemaOf(type))])) as unknown as Readonly<
  Record<ExportType, (input: unknown) => Effect.Effect<Readonly<Record<string, unknown>>, InvalidInput>>
>

const within = ({ field, reason }: InvalidInput) => new InvalidInput({ field: field === "input" ? "filters" : `filters.${field}`, reason })

const queryOf = Effect.fnUntraced(function* (export_type: ExportType, filters: unknown) {
  const { from, to, ...equal } = yield* Effect.mapError(decodersOf[export_type](filters), within)
  const begin = (from as DateTime.Utc | undefined) ?? null
  const end = (to as DateTime.Utc | undefined) ?? null
  if (begin !== null && end !== null && !DateTime.lessThan(begin, end)) {
    return yield* new InvalidInput({ field: "filters.to", reason: "must be later than from" })
  }
  return { export_type, equal: equal as Readonly<Record<string, string>>, from: begin, to: end } satisfies ExportQuery
})

/** The query of an estimate. Fails with `InvalidInput`. */
export const estimateQuery = (input: unknown): Effect.Effect<ExportQuery, InvalidInput> =>
  Effect.flatMap(decodeEstimate(input), ({ export_type, filters }) => queryOf(export_type, filters))

/** The query of a new export, and its format. Fails with `InvalidInput`. */
export const createQuery = (input: unknown): Effect.Effect<{ readonly query: ExportQuery; readonly format: ExportFormat }, InvalidInput> =>
  Effect.flatMap(decodeCreate(input), ({ export_type, filters, format }) =>
    Effect.map(queryOf(export_type, filters), (query) => ({ query, format }))
  )

/** Filters as a row keeps them. */
export const storedFilters = ({ equal, from, to }: ExportQuery): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined)),
  ...(from === null ? {} : { from: DateTime.formatIso(from) }),
  ...(to === null ? {} : { to: DateTime.formatIso(to) })
})

const readInstant = (text: string | undefined): DateTime.Utc | null => {
  const millis = text === undefined ? "" : parseInstant(text)
  return typeof millis === "number" ? instant(millis) : null
}

/** The query of a row. */
export const storedQuery = (export_type: ExportType, { from, to, ...equal }: Readonly<Record<string, string>>): ExportQuery => ({
  export_type,
  equal,
  from: readInstant(from),
  to: readInstant(to)
})
