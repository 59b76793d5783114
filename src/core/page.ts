/**
 * Pages of lists: keyset, so that the pages partition a list while rows arrive. Ties of the sort field are broken by id,
 * in the same direction.
 */
import { DateTime, Either, Encoding, Schema } from "effect"
import { LocalDate } from "./calendar/date.js"
import { InvalidInput } from "./errors.js"
import { isUuid } from "./ids.js"
import { parseInstant } from "./instant.js"
import { isStorable } from "./text.js"

/** The fields that every list takes beside its filters. */
export const pageFields = {
  /** 1 to 1,000; 100 unless given. */
  limit: Schema.optional(Schema.Int.pipe(Schema.between(1, 1000, { message: () => "expected 1 to 1000" }))),
  /** The `next` of the page before. */
  after: Schema.optional(Schema.NullOr(Schema.String)),
  /** `field:asc` or `field:desc`; `created_at:desc` unless given. */
  order_by: Schema.optional(Schema.String),
  /** Whether to count the whole list. */
  total: Schema.optional(Schema.Boolean)
}

export interface PageInput {
  readonly limit?: number | undefined
  readonly after?: string | null | undefined
  readonly order_by?: string | undefined
  readonly total?: boolean | undefined
}

/** What a store is asked for. */
export interface PageRequest {
  readonly limit: number
  readonly order: { readonly field: string; readonly direction: "asc" | "desc" }
  /** The sort value, as text, and the id of the last row of the page before. */
  readonly after: { readonly value: string; readonly id: string } | null
  readonly total: boolean
}

/** What a store answers: one row more than asked for where there are more. */
export interface PageRows<A> {
  readonly rows: ReadonlyArray<A>
  readonly total: number | null
}

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** What to pass as `after` for the next page; null at the end. */
  readonly next: string | null
  /** Rows of the whole list, when asked for. */
  readonly total: number | null
}

const Cursor = Schema.parseJson(Schema.Tuple(Schema.String, Schema.String, Schema.String))
const readCursor = Schema.decodeUnknownEither(Cursor)

const orderName = (order: PageRequest["order"]): string => `${order.field}:${order.direction}`

const wrong = (field: string, reason: string) => Either.left(new InvalidInput({ field, reason }))

const orderOf = (text: string, fields: ReadonlyArray<string>): Either.Either<PageRequest["order"], InvalidInput> => {
  const [field, direction, ...rest] = text.split(":")
  return field !== undefined && fields.includes(field) && (direction === "asc" || direction === "desc") && rest.length === 0
    ? Either.right({ field, direction })
    : wrong("order_by", `expected one of ${fields.join(", ")} with :asc or :desc`)
}

/** Longer than any page's `next`: no sort value has more than 2,048 characters. */
const LONGEST_CURSOR = 16_384

const isDate = Schema.is(LocalDate)

/** What a cursor's value has to be where the column takes no text, by the end of the field's name. */
const VALUES: ReadonlyArray<readonly [RegExp, (value: string) => boolean]> = [
  [/(?:_at|^timestamp)$/, (value) => typeof parseInstant(value) === "number"],
  [/(?:_date|^week_start|^month)$/, isDate],
  [/_cents$/, (value) => /^-?\d{1,20}$/.test(value)]
]

/** Whether a cursor that went through a caller's hands can be compared with the rows. */
const isIntact = (field: string, value: string, id: string): boolean =>
  isUuid(id) && isStorable(value) && VALUES.every(([end, holds]) => !end.test(field) || holds(value))

/** A cursor belongs to the order that it was made in. */
const afterOf = (cursor: string, order: PageRequest["order"]): Either.Either<PageRequest["after"], InvalidInput> =>
  Encoding.decodeBase64UrlString(cursor.length > LONGEST_CURSOR ? "" : cursor).pipe(
    Either.flatMap(readCursor),
    Either.match({
      onLeft: () => wrong("after", "expected the next of a page"),
      onRight: ([made, value, id]) =>
        made === orderName(order) && isIntact(order.field, value, id)
          ? Either.right({ value, id })
          : wrong("after", `expected the next of a page ordered by ${orderName(order)}`)
    })
  )

/** Reads what a caller asks for; `fields` are those that the list can be sorted by. Fails with `InvalidInput`. */
export const pageRequest = (input: PageInput, fields: ReadonlyArray<string>): Either.Either<PageRequest, InvalidInput> =>
  Either.gen(function* () {
    const order = yield* orderOf(input.order_by ?? "created_at:desc", fields)
    const after = input.after == null ? null : yield* afterOf(input.after, order)
    return { limit: input.limit ?? 100, order, after, total: input.total ?? false }
  })

const sortValue = (value: unknown): string => (DateTime.isDateTime(value) ? DateTime.formatIso(value) : String(value))

/** The page of a request from the store's rows. */
export const pageOf = <A extends { readonly id: string }>(request: PageRequest, { rows, total }: PageRows<A>): Page<A> => {
  const items = rows.slice(0, request.limit)
  const last = items.at(-1)
  const next =
    last === undefined || rows.length <= request.limit
      ? null
      : Encoding.encodeBase64Url(
          JSON.stringify([orderName(request.order), sortValue((last as Readonly<Record<string, unknown>>)[request.order.field]), last.id])
        )
  return { items, next, total }
}
