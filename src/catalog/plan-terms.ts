/** What a version of a plan says, for many at once: what a billing run loads. */

import { Context, Effect, Layer } from "effect"
import type { CurrentOrganization, StorageError } from "../core/index.js"
import { PlanNotFound } from "./errors.js"
import { PlanStore } from "./store.js"
import type { PlanRef, VersionTerms } from "./version-terms.js"

/** Finds what was loaded; a ref that was not asked for is a defect. */
export type TermsLookup = (ref: PlanRef) => VersionTerms

const keyOf = ({ plan_id, version }: PlanRef): string => `${plan_id} ${version}`

const lookup =
  (found: ReadonlyMap<string, VersionTerms>): TermsLookup =>
  (ref) => {
    const terms = found.get(keyOf(ref))
    if (terms === undefined) throw new RangeError(`version ${ref.version} of plan ${ref.plan_id} was not loaded`)
    return terms
  }

/** Loads versions of plans. */
export class PlanTerms extends Context.Tag("billwright/PlanTerms")<
  PlanTerms,
  {
    /**
     * The terms of versions, repeated refs once, with one statement; with none where all are `known` already.
     *
     * Fails with `PlanNotFound` where the organization has no such plan or version.
     */
    readonly load: (
      refs: ReadonlyArray<PlanRef>,
      known?: ReadonlyArray<VersionTerms>
    ) => Effect.Effect<TermsLookup, StorageError | PlanNotFound, CurrentOrganization>
  }
>() {
  static readonly layer: Layer.Layer<PlanTerms, never, PlanStore> = Layer.effect(
    PlanTerms,
    Effect.gen(function* () {
      const plans = yield* PlanStore

      const load = Effect.fnUntraced(function* (refs: ReadonlyArray<PlanRef>, known: ReadonlyArray<VersionTerms> = []) {
        const found = new Map(known.map((version) => [keyOf(version), version]))
        const wanted = new Map(refs.filter((ref) => !found.has(keyOf(ref))).map((ref) => [keyOf(ref), ref]))
        if (wanted.size > 0) for (const version of yield* plans.versions([...wanted.values()])) found.set(keyOf(version), version)
        for (const [key, { plan_id }] of wanted) if (!found.has(key)) return yield* new PlanNotFound({ id: plan_id })
        return lookup(found)
      })

      return PlanTerms.of({ load })
    })
  )
}
