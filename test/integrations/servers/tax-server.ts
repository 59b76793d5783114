/** What the local servers of tax systems share: nothing is kept in their books, and what was asked is told. */
import type { OpenedConnector } from "../../../adapters/testing/index.js"
import { type Answered, type Asked, system } from "./local.js"

export interface Question {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly body: Readonly<Record<string, any>>
}

/** The system, opened by its connector; `questions` are those that were answered. */
export type TaxServer = OpenedConnector & { readonly questions: () => ReadonlyArray<Question> }

const questionOf = ({ body, headers, method, path }: Asked): Question => ({
  method,
  path,
  authorization: headers.authorization,
  body: body === "" ? {} : JSON.parse(body)
})

/** A server that answers as `reply` says; `rates` is the path under which rates are asked for. */
export const taxServer = async (given: {
  readonly rates: string
  readonly reply: (question: Question) => Answered
  readonly amiss: Parameters<typeof system>[0]["amiss"]
  readonly open: (url: string) => Pick<OpenedConnector, "connector" | "settings" | "credentials">
}): Promise<TaxServer> => {
  const questions: Array<Question> = []
  const local = await system({
    answer: (asked) => {
      const question = questionOf(asked)
      questions.push(question)
      return given.reply(question)
    },
    amiss: given.amiss,
    meets: ({ path }) => path === given.rates
  })
  return { ...given.open(local.url), kept: async () => 0, questions: () => questions, ...local }
}
