#!/usr/bin/env node
/** The `billwright` command. */
process.stderr.write("billwright: no command is there yet\n")
process.exitCode = 2
