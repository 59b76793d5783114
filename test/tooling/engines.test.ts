import { existsSync, writeFileSync } from "node:fs"
import { Client } from "pg"
import { expect, it } from "vitest"
import { freshDatabase } from "../support/postgres.js"
import { freshFile } from "../support/sqlite.js"

const ask = async (url: string, sql: string): Promise<ReadonlyArray<unknown>> => {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

it("a fresh database is empty and its own", async () => {
  const [one, other] = await Promise.all([freshDatabase(), freshDatabase()])
  await ask(one.url, "create table bill (id text)")
  expect(await ask(other.url, "select to_regclass('bill') as bill")).toEqual([{ bill: null }])
  await Promise.all([one.drop(), other.drop()])
})

it("a dropped database is gone, even while someone is connected", async () => {
  const database = await freshDatabase()
  const client = new Client({ connectionString: database.url })
  client.on("error", () => {})
  await client.connect()
  await database.drop()
  await expect(ask(database.url, "select 1")).rejects.toThrow("does not exist")
})

it("a template is prepared once, however many ask for it at the same time", async () => {
  let prepared = 0
  const template = {
    name: "once",
    prepare: async (url: string) => {
      prepared++
      await ask(url, "create table bill (id text); insert into bill values ('a')")
    }
  }
  const databases = await Promise.all(Array.from({ length: 5 }, () => freshDatabase({ template })))
  expect(prepared).toBe(1)
  for (const { url, drop } of databases) {
    expect(await ask(url, "select id from bill")).toEqual([{ id: "a" }])
    await drop()
  }
})

it("a fresh file is a path of its own without a file", () => {
  const [one, other] = [freshFile(), freshFile()]
  expect(existsSync(one.path)).toBe(false)
  expect(one.path).not.toBe(other.path)
  writeFileSync(one.path, "")
  one.remove()
  other.remove()
  expect(existsSync(one.path)).toBe(false)
})
