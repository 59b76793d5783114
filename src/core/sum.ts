/** What items come to by one of their figures: minor units, as a rule. */
export const sumOf = <A>(items: Iterable<A>, of: (item: A) => bigint): bigint => {
  let sum = 0n
  for (const item of items) sum += of(item)
  return sum
}
