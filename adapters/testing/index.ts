/** What hosts and adapters are tested with: `billwright/testing`. */
export * from "./clock.js"
export * from "./connectors/contract.js"
export * from "./connectors/scripted.js"
export * from "./messaging/contract.js"
export * from "./payments/contract.js"
export * from "./payments/scripted.js"
export * from "./stores/index.js"
