/** A number that tells different contents of a transaction apart without reading them (P11). */

const mix = (hash: number, shift: number, factor: number): number => Math.imul(hash ^ (hash >>> shift), factor)

/** 53 bits over a list of texts; equal lists give equal numbers. No protection against somebody who wants a collision. */
export const fingerprint = (texts: ReadonlyArray<string | null>): number => {
  let low = 0x41c6ce57
  let high = 0xdeadbeef
  for (const text of texts) {
    // Ends and nulls take part, so that what moves from one text to the next shows.
    const size = text === null ? -1 : text.length
    low = Math.imul(low ^ size, 2654435761)
    high = Math.imul(high ^ size, 1597334677)
    for (let i = 0; i < size; i++) {
      const code = text!.charCodeAt(i)
      low = Math.imul(low ^ code, 2654435761)
      high = Math.imul(high ^ code, 1597334677)
    }
  }
  const left = mix(low, 16, 2246822507) ^ mix(high, 13, 3266489909)
  const right = mix(high, 16, 2246822507) ^ mix(low, 13, 3266489909)
  return 4294967296 * (2097151 & right) + (left >>> 0)
}
