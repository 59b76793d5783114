/** What may be connected to: public addresses only, unless the host allows others. The text of a URL is looked at first, the address that a connection goes to last. */
import { isIP } from "node:net"
import ipaddr from "ipaddr.js"

/** Ranges that the library calls unicast and that are nobody's public host. */
const SPECIAL = ["192.88.99.0/24", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24", "3fff::/20"].map((range) =>
  ipaddr.parseCIDR(range)
)
/** Public by its number, and in every machine of Azure the platform itself: what hands out certificates and settings. */
const PLATFORMS: ReadonlySet<string> = new Set(["168.63.129.16"])
/** Where the public addresses of IPv6 are, all of them. */
const GLOBAL = ipaddr.parseCIDR("2000::/3")

/** Whether an address is a public host's, as far as its number tells. */
export const isPublicAddress = (text: string): boolean => {
  if (!ipaddr.isValid(text.replace(/%.*$/, ""))) return false
  // Also an IPv4 address in an IPv6 one.
  const address = ipaddr.process(text.replace(/%.*$/, ""))
  if (address.range() !== "unicast" || PLATFORMS.has(address.toString())) return false
  if (address.kind() === "ipv6" && !address.match(GLOBAL)) return false
  return !SPECIAL.some((range) => range[0].kind() === address.kind() && address.match(range))
}

export interface GuardOptions {
  /** Lets endpoints be in private and local networks, on any port, and without TLS: for tests and closed networks. */
  readonly allowPrivate: boolean
  /** The ports that endpoints may have. */
  readonly ports: ReadonlyArray<number>
}

const LOCAL_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|private|test|invalid|example|onion|arpa)$/

/** A host without the brackets of IPv6 and the dot at its end. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "")

/** Why a URL cannot be an endpoint's; null where it can. Names are looked up only when something is sent. */
export const urlRefusal = (text: string, { allowPrivate, ports }: GuardOptions): string | null => {
  if (text.length > 2048) return "expected at most 2048 characters"
  // What a reader takes for another address: the parser drops or turns some characters, and writes others in ASCII.
  if (!/^[\x21-\x7e]+$/.test(text) || text.includes("\\")) return "expected printable ASCII without spaces and backslashes"
  if (!URL.canParse(text)) return "expected an https address"
  const url = new URL(text)
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) return "expected an https address"
  if (!/^https?:\/\/[^/]/i.test(text)) return "expected an https address"
  if (url.username !== "" || url.password !== "" || /^[a-z]+:\/\/[^/?#]*@/i.test(text))
    return "expected an address without user and password"
  if (text.includes("#")) return "expected an address without fragment"
  const host = hostOf(url)
  if (host === "") return "expected an https address"
  if (allowPrivate) return null
  const port = url.port === "" ? 443 : Number(url.port)
  if (!ports.includes(port)) return `expected one of the ports ${ports.join(", ")}`
  if (isIP(host) !== 0) return isPublicAddress(host) ? null : "the address is in a private or local network"
  if (!host.includes(".") || LOCAL_NAMES.test(host)) return "the address is in a private or local network"
  return null
}
