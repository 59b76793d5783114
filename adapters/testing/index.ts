/** What adapters are tested with: `billwright/testing`. */
export {}
