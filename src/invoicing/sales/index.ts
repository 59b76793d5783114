/** What is sold once: add-ons, one-off invoices. */
export * from "./add-ons.js"
export * from "./one-off.js"
export * from "./sales.js"
