/** E-mail by SMTP: `billwright/messaging/smtp`. */
import { Effect } from "effect"
import { createTransport } from "nodemailer"
import type { MessageGateway } from "../../../src/notifications/index.js"
import { PATIENCE_MILLIS, revealed, type Secret } from "../../shared/options.js"
import { failed, isOneAddress } from "../shared/sending.js"
import { plainText } from "./plain-text.js"

export type { Secret } from "../../shared/options.js"

export interface SmtpOptions {
  readonly host: string
  /** 587 unless given. */
  readonly port?: number
  /** Whether the connection begins with TLS, as on port 465. */
  readonly secure?: boolean
  /** Whether a connection that cannot be encrypted is refused; true unless given. */
  readonly requireTls?: boolean
  readonly auth?: { readonly user: string; readonly password: Secret }
  /** Who it comes from. */
  readonly from: { readonly name: string; readonly address: string }
  readonly replyTo?: string
  /** What the gateway is called among the host's; `smtp` unless given. */
  readonly name?: string
  /** Certificate authorities beside the system's, PEM. */
  readonly ca?: string
  /** How long an answer is awaited; 20 seconds unless given. */
  readonly timeoutMillis?: number
}

const codeOf = (error: unknown): string => {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown }
  return [code, responseCode].filter((part) => part !== undefined).join(" ")
}

/** Sends e-mails, each on a connection of its own; the same message has the same Message-ID on every try. */
export const smtp = (options: SmtpOptions): MessageGateway => {
  const { auth, ca, from, host, name = "smtp", port = 587, replyTo, requireTls = true, secure = false } = options
  const timeout = options.timeoutMillis ?? PATIENCE_MILLIS
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && requireTls,
    ...(auth === undefined ? {} : { auth: { user: auth.user, pass: revealed(auth.password) } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    // A message is data: nothing in it makes this process open a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true
  })
  const domain = from.address.split("@")[1] ?? "localhost"
  return {
    name,
    channel: "email",
    send: ({ attachments = [], bcc = [], body, key, subject, to }) => {
      if (![to, ...bcc].every(isOneAddress)) return failed(name, "the address is no e-mail address")
      const mail = {
        from,
        to: { name: "", address: to },
        bcc: bcc.map((address) => ({ name: "", address })),
        ...(replyTo === undefined ? {} : { replyTo }),
        subject,
        text: plainText(body),
        html: body,
        messageId: `<${key}@${domain}>`,
        attachments: attachments.map(({ bytes, filename, media_type }) => ({
          filename,
          contentType: media_type,
          content: Buffer.from(bytes)
        }))
      }
      return Effect.tryPromise({
        try: () => transport.sendMail(mail),
        catch: (error) => failed(name, `the server did not take it: ${codeOf(error)}`)
      }).pipe(Effect.as(`${key}@${domain}`.slice(0, 100)))
    },
    readWebhook: null
  }
}
