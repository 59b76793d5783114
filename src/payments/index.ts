/** Payments: what customers paid, and what asks them to. */
export * from "./errors.js"
export * from "./payment.js"
export * from "./payment-state.js"
export * from "./payments.js"
export * from "./store.js"
