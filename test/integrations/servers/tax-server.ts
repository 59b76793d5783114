/** What the local servers of tax systems share: documents in their books by id, and what was asked is told. */
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import type { ResourceType } from "../../../src/integrations/index.js"
import { type Answered, type Asked, system } from "./local.js"

export interface Question {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: Readonly<Record<string, any>>
}

/** A document in the system's books; one that is locked was filed. */
export interface Recorded {
  readonly type: "invoice" | "credit_note"
  status: "recorded" | "void"
  locked: boolean
  /** As it came the last time. */
  body: Question["body"]
  times: number
}

/** The system, opened by its connector; `questions` are those that were answered. */
export type TaxServer = OpenedConnector & {
  readonly questions: () => ReadonlyArray<Question>
  readonly recorded: ReadonlyMap<string, Recorded>
}

/** Puts a document in place of the one of its id. */
export const keep = (books: Map<string, Recorded>, id: string, type: Recorded["type"], body: Question["body"]): void => {
  books.set(id, { type, status: "recorded", locked: false, body, times: (books.get(id)?.times ?? 0) + 1 })
}

const questionOf = ({ body, headers, method, path }: Asked): Question => ({
  method,
  path,
  authorization: headers.authorization,
  body: body === "" ? {} : JSON.parse(body)
})

/** A server that answers as `reply` says; `paths` are those under which rates are asked for and documents are recorded. */
export const taxServer = async (given: {
  readonly paths: ReadonlyArray<string>
  readonly reply: (question: Question, books: Map<string, Recorded>) => Answered
  readonly amiss: Parameters<typeof system>[0]["amiss"]
  readonly open: (url: string) => Pick<OpenedConnector, "connector" | "settings" | "credentials">
}): Promise<TaxServer> => {
  const questions: Array<Question> = []
  const recorded = new Map<string, Recorded>()
  const local = await system({
    answer: (asked) => {
      const question = questionOf(asked)
      questions.push(question)
      return given.reply(question, recorded)
    },
    amiss: given.amiss,
    meets: ({ path }) => given.paths.includes(path)
  })
  const kept = async (type: ResourceType) => [...recorded.values()].filter((one) => one.type === type && one.status === "recorded").length
  return { ...given.open(local.url), kept, questions: () => questions, recorded, ...local }
}
