/** Bounds of a custom metric's expression, so that neither writing nor evaluating one can cost more than a glance. */

/** Characters of the source. */
export const MAX_SOURCE = 4096
/** Brackets or signs inside each other. */
export const MAX_DEPTH = 32
/** Numbers, names, operators and calls. Without loops it bounds the steps of an evaluation too. */
export const MAX_NODES = 512
/** Digits of a value or of its divisor while an expression is evaluated; beyond it the event does not count. */
export const MAX_DIGITS = 1000
