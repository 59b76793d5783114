/** What operators do with a database: its revision, its invariants, its runs. */
export * from "./revision.js"
