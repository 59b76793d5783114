/** The service of search: customers, invoices, subscriptions and plans of an organization by what people know of them (billing 23). */
import { Context, type DateTime, Effect, Layer, Schema } from "effect"
import { type CurrentOrganization, decodeInput, type InvalidInput, type StorageError, Text } from "../../core/index.js"

const SearchFields = Schema.Struct({
  text: Text.name(255),
  /** At most so many of each kind: 1 to 50; 10 unless given. */
  limit: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 50)), { default: () => 10 })
})
/** What `Search.find` takes: a part of a name, e-mail address, external id, number or code. */
export type SearchInput = typeof SearchFields.Encoded
const decodeSearch = decodeInput(SearchFields)

interface Hit {
  readonly id: string
  /** Whether one of its texts is what was searched for, whole. */
  readonly exact: boolean
  readonly created_at: DateTime.Utc
}

/** Of each kind: exact matches first, then the newest first. */
export interface SearchHits {
  readonly customers: ReadonlyArray<Hit & { readonly external_id: string; readonly name: string; readonly email: string | null }>
  readonly invoices: ReadonlyArray<Hit & { readonly invoice_number: string; readonly customer_id: string; readonly status: string }>
  readonly subscriptions: ReadonlyArray<Hit & { readonly external_id: string; readonly customer_id: string; readonly status: string }>
  readonly plans: ReadonlyArray<Hit & { readonly code: string; readonly name: string }>
}

/** A text in the two forms in which engines compare: some know the case of ASCII letters only. */
export interface SearchText {
  readonly lower: string
  readonly upper: string
}

export class SearchStore extends Context.Tag("billwright/SearchStore")<
  SearchStore,
  {
    /** What contains the text, in either form, as it stands: nothing in it is a wildcard. */
    readonly find: (text: SearchText, limit: number) => Effect.Effect<SearchHits, StorageError, CurrentOrganization>
  }
>() {}

export interface SearchShape {
  /**
   * Finds what contains a text, ignoring case: customers by name, e-mail and external id, invoices by number, subscriptions by
   * external id, plans by code and name.
   *
   * Fails with `InvalidInput`.
   */
  readonly find: (input: SearchInput) => Effect.Effect<SearchHits, InvalidInput | StorageError, CurrentOrganization>
}

export class Search extends Context.Tag("billwright/Search")<Search, SearchShape>() {
  static readonly layer: Layer.Layer<Search, never, SearchStore> = Layer.effect(
    Search,
    Effect.gen(function* () {
      const store = yield* SearchStore
      return Search.of({
        find: Effect.fn("Search.find")(function* (input) {
          const { limit, text } = yield* decodeSearch(input)
          return yield* store.find({ lower: text.toLowerCase(), upper: text.toUpperCase() }, limit)
        })
      })
    })
  )
}
