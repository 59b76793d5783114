/** The public face for hosts: `billwright`. */
export * from "./core/index.js"
