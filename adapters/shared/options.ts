/** What hosts say of outside systems in the same way everywhere: secrets that show nothing where they are printed, and how long to wait. */
import { Redacted } from "effect"

/** A secret of the host: a text, or one that shows nothing where it is printed. */
export type Secret = string | Redacted.Redacted<string>

export const secret = (given: Secret): Redacted.Redacted<string> => (Redacted.isRedacted(given) ? given : Redacted.make(given))

export const revealed = (given: Secret): string => Redacted.value(secret(given))

/** How long a far side is awaited unless the host says otherwise; less than any caller waits for the adapter. */
export const PATIENCE_MILLIS = 20_000
