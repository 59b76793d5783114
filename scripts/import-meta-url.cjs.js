/** What `import.meta.url` is in a CommonJS build; the build puts it in its place. */
export const importMetaUrl = new URL(`file:${__filename}`).href
