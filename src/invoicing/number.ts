/** Numbers of documents: pure functions of the counter's value (decision I2). */

/** `ACME-0042`: prefix, hyphen, counter of at least four digits. */
export const invoiceNumber = (prefix: string, value: bigint): string => `${prefix}-${value.toString().padStart(4, "0")}`

/** `INV-20250214-0001`: of an organization that issues by itself; one counter a day. */
export const dailyNumber = (kind: "INV" | "CN", day: string, value: bigint): string =>
  `${kind}-${day.replaceAll("-", "")}-${value.toString().padStart(4, "0")}`
