/** What hosts and adapters are tested with: `billwright/testing`. */
export * from "./clock.js"
export * from "./stores/index.js"
