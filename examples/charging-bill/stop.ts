/** Ends the run with one line on stderr and exit code 2: what was asked for cannot be done. */
export class Stop extends Error {}
