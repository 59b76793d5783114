/** `npm run build`: installs what is missing, then builds `dist/`; with `--if-stale` only when the sources changed. */
import { build, install } from "./setup.mjs"

install()
build({ always: !process.argv.includes("--if-stale") })
