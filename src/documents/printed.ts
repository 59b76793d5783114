/** A document as it is printed: texts and where they stand, whatever prints them. */

/** A label and its value. */
export interface PrintedFact {
  readonly label: string
  readonly value: string
}

export interface PrintedLine {
  readonly description: string
  /** What explains the line: period, filter, tiers. */
  readonly details: ReadonlyArray<string>
  readonly units: string
  readonly unit_price: string
  readonly amount: string
}

export interface PrintedTotal extends PrintedFact {
  /** The figures that a reader looks for. */
  readonly strong: boolean
}

/** All texts are plain text, to be drawn as text and nothing else. */
export interface PrintedDocument {
  readonly organization_id: string
  /** A BCP 47 tag. */
  readonly locale: string
  /** What it is, and its number. */
  readonly title: string
  readonly number: string
  /** Issue, in epoch milliseconds: the document's own date, so that the same document prints the same bytes. */
  readonly issued_at: number
  /** Drawn across every page, as on a voided document. */
  readonly stamp: string | null
  /** First line: the name. */
  readonly issuer: ReadonlyArray<string>
  readonly bill_to: { readonly label: string; readonly lines: ReadonlyArray<string> }
  readonly facts: ReadonlyArray<PrintedFact>
  readonly columns: Readonly<Record<"description" | "units" | "unit_price" | "amount", string>>
  readonly lines: ReadonlyArray<PrintedLine>
  readonly totals: ReadonlyArray<PrintedTotal>
  /** Sentences under the totals. */
  readonly notes: ReadonlyArray<string>
  readonly footer: string | null
  /** `{page}` and `{pages}` are filled in. */
  readonly page: string
}

/** A sheet of figures: a report, or the list of what a pack holds. All texts are plain text. */
export interface PrintedSheet {
  readonly organization_id: string
  readonly title: string
  readonly subtitle: string
  readonly facts: ReadonlyArray<PrintedFact>
  /** Bars beside each other, as high as their values; null where there is nothing to show. */
  readonly bars: ReadonlyArray<{ readonly label: string; readonly value: number }> | null
  readonly table: { readonly columns: ReadonlyArray<string>; readonly rows: ReadonlyArray<ReadonlyArray<string>> } | null
  /** Under each page; `{page}` and `{pages}` are filled in. */
  readonly page: string
  /** Of the file, in epoch milliseconds: the same sheet prints the same bytes. */
  readonly issued_at: number
}
