/** What gateways share: secrets that show nothing, addresses that are one address, failures that tell why and nothing more. */
import { Redacted } from "effect"
import { GatewayFailed } from "../../../src/notifications/index.js"

/** A secret of the host: a text, or one that shows nothing where it is printed. */
export type Secret = string | Redacted.Redacted<string>

export const revealed = (given: Secret): string => (Redacted.isRedacted(given) ? Redacted.value(given) : given)

/** How long a far side is awaited; less than who calls the gateway does. */
export const PATIENCE_MILLIS = 20_000

export const failed = (gateway: string, reason: string): GatewayFailed => new GatewayFailed({ gateway, reason })

/** One address and nothing that a header, a list or a path could be made of. */
export const isOneAddress = (text: string): boolean => text.length <= 255 && /^[^\s,;<>()[\]\\"\p{Cc}]+$/u.test(text)

export const isPhone = (text: string): boolean => /^\+[1-9][0-9]{6,14}$/.test(text)
