/** Updates: what the caller leaves out stays, null clears. */

/** The fields that an update names, without those that it leaves out. */
export const named = <A extends object>(changes: A): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as { [K in keyof A]?: Exclude<A[K], undefined> }
