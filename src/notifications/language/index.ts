/** The language of templates: reading, rendering, hints. */
export type { Reader } from "./dates.js"
export { type Compiled, compile, render } from "./liquid.js"
export { parseTemplate } from "./parse.js"
export { smsParts } from "./sms.js"
export { plainValue, type Value } from "./values.js"
export { variablesOf } from "./variables.js"
