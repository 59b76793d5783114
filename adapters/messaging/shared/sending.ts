/** What gateways share: addresses that are one address, failures that tell why and nothing more. */
import { GatewayFailed } from "../../../src/notifications/index.js"

export const failed = (gateway: string, reason: string): GatewayFailed => new GatewayFailed({ gateway, reason })

/** One address and nothing that a header, a list or a path could be made of. */
export const isOneAddress = (text: string): boolean => text.length <= 255 && /^[^\s,;<>()[\]\\"\p{Cc}]+$/u.test(text)

export const isPhone = (text: string): boolean => /^\+[1-9][0-9]{6,14}$/.test(text)
