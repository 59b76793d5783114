/**
 * Settings at rest and on reading (O8): every credential is sealed under the host's key and bound to its integration; its mask is kept
 * beside it, so that reading needs no key.
 */
import { Effect, Predicate } from "effect"
import { type AdapterMissing, InvalidInput, type JsonObject, type SecretBox, type SecretUnreadable } from "../core/index.js"
import type { Integration } from "./integration.js"
import { providerTable } from "./providers.js"

type OfProvider = Pick<Integration, "provider_type">
type Of = OfProvider & Pick<Integration, "id" | "organization_id">

/** What stands for a credential where settings are kept. */
interface SealedSetting {
  readonly sealed: string
  readonly mask: string
}

const DOTS = "••••"
const SHOWN = 4

/** Whether a kept value is a sealed one: what a caller gives never is, since it would be sealed itself. */
const isSealed = (value: unknown): value is SealedSetting =>
  Predicate.isRecord(value) && typeof value.sealed === "string" && typeof value.mask === "string" && Object.keys(value).length === 2

/** The last 4 characters, of a short text at most half; nothing of what is no text. */
const maskOf = (value: unknown): string => {
  if (typeof value !== "string") return DOTS
  const characters = [...value]
  const shown = Math.min(SHOWN, Math.floor(characters.length / 2))
  return `${DOTS}${characters.slice(characters.length - shown).join("")}`
}

/** Whether a setting of this name and value is a credential: all but what the provider's table names, and null, true and false. */
const isCredential = (of: OfProvider, name: string, value: unknown): boolean =>
  value !== null && typeof value !== "boolean" && !providerTable[of.provider_type].plain.includes(name)

/** Whether a kept setting stands in clear that should be sealed. */
export const standsInClear = (of: OfProvider, name: string, kept: unknown): boolean => isCredential(of, name, kept) && !isSealed(kept)

const placeOf = (of: Of, name: string): string => `integrations/${of.organization_id}/${of.id}/${name}`

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

const parsed = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

/**
 * Settings as they are kept; `before` are those that are replaced. A credential given as the mask that is read of it stays.
 *
 * Fails with `InvalidInput` for the mask of another value, `AdapterMissing` where there is something to seal and the host gave no key.
 */
export const sealedSettings = (
  of: Of,
  given: JsonObject,
  before: JsonObject,
  box: SecretBox
): Effect.Effect<JsonObject, InvalidInput | AdapterMissing> =>
  Effect.gen(function* () {
    const after: Array<readonly [string, unknown]> = []
    for (const [name, value] of Object.entries(given)) {
      const kept = before[name]
      if (!isCredential(of, name, value)) after.push([name, value])
      else if (isSealed(kept) && value === kept.mask) after.push([name, kept])
      else if (typeof value === "string" && value.startsWith(DOTS))
        return yield* new InvalidInput({ field: `settings.${name}`, reason: "expected a value, or the mask that was read of it" })
      else after.push([name, { sealed: yield* box.seal(bytesOf(value), placeOf(of, name)), mask: maskOf(value) } satisfies SealedSetting])
    }
    return Object.fromEntries(after)
  })

/** Settings as they are read: masks in place of credentials. */
export const maskedSettings = (kept: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, isSealed(value) ? value.mask : value]))

/** Settings with their credentials, for a connector's call alone. Fails where the host's keys do not open them. */
export const openedSettings = (
  of: Of,
  kept: JsonObject,
  box: SecretBox
): Effect.Effect<Readonly<Record<string, unknown>>, AdapterMissing | SecretUnreadable> =>
  Effect.map(
    Effect.forEach(Object.entries(kept), ([name, value]) =>
      isSealed(value)
        ? Effect.map(box.open(value.sealed, placeOf(of, name)), (bytes) => [name, parsed(bytes)] as const)
        : Effect.succeed([name, value] as const)
    ),
    Object.fromEntries
  )

/** Settings sealed anew wherever they are not under the host's current key; the same object where all are. */
export const resealedSettings = (of: Of, kept: JsonObject, box: SecretBox): Effect.Effect<JsonObject, AdapterMissing | SecretUnreadable> =>
  Effect.gen(function* () {
    let after = kept
    for (const [name, value] of Object.entries(kept)) {
      if (!isSealed(value) || box.isCurrent(value.sealed)) continue
      const place = placeOf(of, name)
      after = { ...after, [name]: { ...value, sealed: yield* box.seal(yield* box.open(value.sealed, place), place) } }
    }
    return after
  })

/** The texts that nothing may repeat: the credentials among opened settings, long enough to be told from words. */
export const credentialTexts = (of: OfProvider, opened: Readonly<Record<string, unknown>>): ReadonlyArray<string> =>
  Object.entries(opened).flatMap(([name, value]) =>
    typeof value === "string" && value.length >= 6 && !providerTable[of.provider_type].plain.includes(name) ? [value] : []
  )
