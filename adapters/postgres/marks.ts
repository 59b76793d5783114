/**
 * What stands before a statement's text and tells the driver how to send it: kept prepared, in a transaction that begins with it, with a
 * setting of whose rows it reaches. What goes before a statement goes with it, in one way to the server.
 */
import { createHash } from "node:crypto"
import pg from "pg"
import { remembered } from "../sql/remembered.js"

/** A statement that the connection keeps prepared. */
export const KEPT = "/* kept */ "

/** A statement that opens a transaction which reads one state of the database. */
export const OPENS_SNAPSHOT = "/* opens a snapshot */ "

export const BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

/** Marks a statement with whose rows it reaches. */
export const reaching = (reaches: string, statement: string): string => `/* reaches ${reaches} */ ${statement}`

/** Sets what row-level security reads, for the transaction. */
export const SET_REACH = "SELECT set_config('billwright.organization', $1, true)"

const REACHES = /^\/\* reaches (\S*) \*\/ /

/** A statement that goes before another. */
interface Lead {
  readonly text: string
  readonly values: ReadonlyArray<unknown>
}

interface Marked {
  /** In their order. */
  readonly leads: ReadonlyArray<Lead>
  readonly text: string
}

const read = (given: string): Marked => {
  const reaches = REACHES.exec(given)
  const inner = reaches === null ? given : given.slice(reaches[0].length)
  const opens = inner.startsWith(OPENS_SNAPSHOT)
  return {
    // A transaction's isolation is told before anything else happens in it.
    leads: [
      ...(opens ? [{ text: BEGIN_SNAPSHOT, values: [] }] : []),
      ...(reaches === null ? [] : [{ text: SET_REACH, values: [reaches[1]!] }])
    ],
    text: opens ? inner.slice(OPENS_SNAPSHOT.length) : inner
  }
}

// Those that say what they reach are as many as there are organizations.
const markedOf = remembered(read, (given) => !REACHES.test(given))

/** The parts of the driver's connection that speak the protocol. */
interface Wire {
  readonly parse: (message: { readonly text: string; readonly name?: string }) => void
  readonly bind: (message: { readonly values: ReadonlyArray<unknown> }) => void
  readonly execute: (message: object) => void
}

interface PlainQuery {
  name: string | undefined
  prepare(wire: Wire): void
  handleDataRow(message: unknown): void
  handleCommandComplete(message: unknown, wire: Wire): void
}

const DriverQuery = pg.Query as unknown as new (config: object, values: unknown, callback: unknown) => PlainQuery

/** A statement with others before it: what the server answers to those is nobody's. */
class LedQuery extends DriverQuery {
  #ahead: number
  readonly #leads: ReadonlyArray<Lead>
  readonly #named: string | undefined

  constructor(leads: ReadonlyArray<Lead>, config: { readonly name: string | undefined }, values: unknown, callback: unknown) {
    super({ ...config, queryMode: "extended" }, values, callback)
    this.#leads = leads
    this.#ahead = leads.length
    this.#named = config.name
  }

  override prepare(wire: Wire) {
    for (const { text, values } of this.#leads) {
      wire.parse({ text })
      wire.bind({ values })
      wire.execute({})
    }
    super.prepare(wire)
    // The driver takes the first answer to PARSE for the named statement's.
    this.name = undefined
  }

  override handleDataRow(message: unknown) {
    if (this.#ahead === 0) super.handleDataRow(message)
  }

  override handleCommandComplete(message: unknown, wire: Wire) {
    if (this.#ahead === 0) return super.handleCommandComplete(message, wire)
    this.#ahead--
    if (this.#ahead === 0) this.name = this.#named
  }
}

const nameOf = remembered((text) => createHash("sha256").update(text).digest("base64url"))

/** The driver's query function, however it is called. */
export type Query = (...given: ReadonlyArray<unknown>) => unknown

const taught = new WeakSet<object>()

/** Teaches a client of the driver the marks, once; `keeps` where the connection is our own, and statements may stay prepared on it. */
export const teach = (client: pg.ClientBase, keeps: boolean): void => {
  if (taught.has(client)) return
  taught.add(client)
  const query = client.query.bind(client) as Query
  const marked: Query = (given, values, callback) => {
    const config = (typeof given === "string" ? { text: given } : given) as { readonly text?: unknown; readonly values?: unknown }
    if (typeof config?.text !== "string" || !config.text.startsWith("/* ") || "submit" in config) return query(given, values, callback)
    const { leads, text } = markedOf(config.text)
    const name = keeps && text.startsWith(KEPT) ? nameOf(text) : undefined
    const [own, answered] = typeof values === "function" ? [config.values, values] : [values ?? config.values, callback]
    if (leads.length > 0)
      return query(new LedQuery(leads, { ...config, text, name } as { readonly name: string | undefined }, own, answered))
    return query({ ...config, text, values: own, ...(name === undefined ? {} : { name }) }, answered)
  }
  client.query = marked as typeof client.query
}
