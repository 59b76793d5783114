/** Connections that name every statement, for tests that ask the same things many times. */
import { createHash } from "node:crypto"
import pg from "pg"

type Query = (...given: ReadonlyArray<unknown>) => unknown

/** Names every statement: the doctor's are planned once instead of each time, which over a small database is most of what they cost. */
class NamingClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const query = super.query.bind(this) as Query
    const names = new Map<string, string>()
    const nameOf = (text: string): string => {
      const name = names.get(text) ?? createHash("sha256").update(text).digest("base64url")
      names.set(text, name)
      return name
    }
    const named: Query = (text, values, ...rest) =>
      typeof text === "string" && Array.isArray(values)
        ? query({ name: nameOf(text), text, values }, ...rest)
        : query(text, values, ...rest)
    this.query = named as typeof this.query
  }
}

export const namingPool = (url: string, max: number): pg.Pool => new pg.Pool({ connectionString: url, max, Client: NamingClient })
