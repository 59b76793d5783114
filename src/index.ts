/** The public face for hosts: `billwright`. */
export * from "./accounts/index.js"
export * from "./catalog/index.js"
export * from "./core/index.js"
export * from "./operations/index.js"
