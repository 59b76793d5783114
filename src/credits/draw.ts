/** Drawing an amount from what there is, one after the other: the order of notes, wallets, top-ups and fees is the caller's. Pure. */

export interface Drawn {
  /** Taken from each, in the order given. */
  readonly taken: ReadonlyArray<bigint>
  /** What they could not give. */
  readonly left: bigint
}

/** Takes min(what there is, rest) from each of `available` (minor units ≥ 0), until `amount` is there. */
export const draw = (amount: bigint, available: ReadonlyArray<bigint>): Drawn => {
  let left = amount
  const taken = available.map((each) => {
    const part = each < left ? each : left
    left -= part
    return part
  })
  return { taken, left }
}
