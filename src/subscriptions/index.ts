/** Subscriptions: lifecycle, schedule, and what of them was billed. */
export * from "./billing-port.js"
export * from "./errors.js"
export * from "./schedule.js"
export * from "./state.js"
export * from "./store.js"
export * from "./subscription.js"
export * from "./subscriptions.js"
export * from "./transitions.js"
