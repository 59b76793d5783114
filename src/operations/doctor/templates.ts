/** Templates as they are kept: each can be read, and is of the channel that its name says. Pure. */
import { Either } from "effect"
import { hintsOf, type NotificationTemplate } from "../../notifications/index.js"
import type { Violation } from "./violation.js"

/** What does not hold of a template. */
export const checkTemplate = (template: NotificationTemplate): ReadonlyArray<Violation> => {
  const wrong = (reason: string): Violation => ({ code: "S1", table: "notification_templates", id: String(template.id), reason })
  const read = hintsOf(template)
  return [
    ...(Either.isLeft(read) ? [wrong(`it cannot be read: ${read.left.message}`)] : []),
    ...(template.name.endsWith(`_${template.channel}`) ? [] : [wrong(`its name ${template.name} does not end in _${template.channel}`)])
  ]
}
