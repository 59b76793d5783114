/** Whether what a host gives to `createBilling` is of the right kinds, for hosts without types and for options that nobody knows. */
import { Predicate } from "effect"
import { InvalidInput } from "../core/index.js"
import type { BillingOptions } from "./billing-options.js"

type Kind = readonly [expected: string, is: (value: unknown) => boolean]

const holding =
  (...fields: ReadonlyArray<string>) =>
  (value: unknown): boolean =>
    Predicate.isObject(value) && fields.every((field) => field in value)
const allOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is)
const isAddress = (value: unknown) => holding("url")(value) && URL.canParse(String((value as { readonly url: unknown }).url))
const areFunctions = (value: unknown) => Predicate.isRecord(value) && Object.values(value).every(Predicate.isFunction)

const KINDS: { readonly [K in keyof Required<BillingOptions<never>>]: Kind } = {
  database: ["sqlite(…) of billwright/sqlite or postgres(…) of billwright/postgres", holding("layer", "within", "engine")],
  migrate: ["true or false", Predicate.isBoolean],
  clock: ["a clock of Effect, such as testClock(…) of billwright/testing", holding("unsafeCurrentTimeMillis")],
  ingestionLimit: ["an object", Predicate.isRecord],
  customFunctions: ["functions by the code of a metric", areFunctions],
  paymentProviders: ["a list of payment providers", allOf(holding("name", "charge"))],
  connectors: ["a list of connectors", allOf(holding("provider", "type"))],
  printer: ["a printer, such as pdf() of billwright/pdf", holding("print")],
  users: ["an object", Predicate.isObject],
  backups: ["an object", Predicate.isObject],
  artefacts: ["an object", Predicate.isObject],
  requiredArtefacts: ["a list of texts", allOf(Predicate.isString)],
  callReminderHours: ["a number of hours above 0", (value) => Predicate.isNumber(value) && value > 0],
  files: ["an object", Predicate.isObject],
  messageGateways: ["a list of gateways, such as smtp(…) of billwright/messaging/smtp", allOf(holding("channel"))],
  messageVariables: ["an object or a function", (value) => Predicate.isObject(value) || Predicate.isFunction(value)],
  portal: ["{ url } with an address", isAddress],
  secrets: ["secrets(…) of billwright/secrets", Predicate.isObject],
  webhooks: ["webhooks(…) of billwright/webhooks", holding("transport", "terms")],
  exports: ["exportsTo(…) of billwright/exports", Predicate.isObject]
}

/** The first option that is none, or of another kind; what is undefined is left out, but for the database. */
export const wrongOption = (options: unknown): InvalidInput | undefined => {
  if (!Predicate.isRecord(options)) return new InvalidInput({ field: "options", reason: "expected an object with a database" })
  const given = { database: undefined, ...options }
  for (const [field, value] of Object.entries(given)) {
    const kind = Object.hasOwn(KINDS, field) ? KINDS[field as keyof typeof KINDS] : undefined
    if (kind === undefined)
      return new InvalidInput({ field, reason: `there is no such option; there are ${Object.keys(KINDS).join(", ")}` })
    const [expected, is] = kind
    if (value === undefined ? field === "database" : !is(value)) return new InvalidInput({ field, reason: `expected ${expected}` })
  }
  return undefined
}
