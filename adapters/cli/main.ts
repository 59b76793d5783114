#!/usr/bin/env node
/** The `billwright` command. */
import { run } from "./run.js"

process.exitCode = await run(
  process.argv.slice(2),
  (line) => void process.stdout.write(`${line}\n`),
  (line) => void process.stderr.write(`${line}\n`)
)
