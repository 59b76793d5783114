/** The port to what texts need and the library does not keep: addresses, links, telephone numbers of the host. */
import { Context, Effect } from "effect"
import { fromHost, type HostFailed, type User } from "../fieldwork/index.js"
import type { Stem } from "./catalogue.js"
import type { MailStem } from "./mails/document-mail.js"
import type { MessageContext } from "./notification.js"

/** What a text is for. */
export interface VariablesQuestion {
  readonly organization_id: string
  readonly stem: Stem | MailStem
  readonly context_type: MessageContext
  readonly context_id: string | null
  /** Of an e-mail of a document its customer, as a user of role customer. */
  readonly recipient: User
}

export interface MessageVariablesShape {
  /** Variables by name; they go before what the library knows. Asked inside the transaction of the change: it should answer at once. */
  readonly of: (question: VariablesQuestion) => Effect.Effect<Readonly<Record<string, unknown>>, HostFailed>
}

/** The host's variables; none unless it gives some. */
export class MessageVariables extends Context.Reference<MessageVariables>()("billwright/MessageVariables", {
  defaultValue: (): MessageVariablesShape => ({ of: () => Effect.succeed({}) })
}) {}

/** What a host without Effect gives. */
export type HostVariables = (question: VariablesQuestion) => Promise<Readonly<Record<string, unknown>>>

export const messageVariables = (host: HostVariables): MessageVariablesShape => ({
  of: (question) => fromHost("variables", () => host(question))
})
