/** What the processes of a race are told, and what they answer. */

/** A method of an organization's services. */
export interface Call {
  readonly service: string
  readonly method: string
  readonly args: ReadonlyArray<unknown>
}

/** Calls that a process starts at an instant (milliseconds since 1970), each so many milliseconds later. */
export interface Heat {
  readonly at: number
  readonly organization: string
  readonly calls: ReadonlyArray<Call & { readonly delay: number }>
}

/** What a call answered, or the tag of what it failed with. */
export interface Outcome {
  readonly done?: unknown
  readonly failed?: string
  readonly message?: string
  readonly milliseconds: number
}
