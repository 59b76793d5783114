/** All migrations, in order. A released one never changes. */
import type { Migration } from "../migration.js"
import { accounts } from "./0001-accounts.js"

export const migrations: ReadonlyArray<Migration> = [accounts]
