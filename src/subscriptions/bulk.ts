/** Many subscriptions at once. */
import type { BulkItemOf, BulkResultOf } from "../core/index.js"
import type { Subscription } from "./subscription.js"

/** What became of one of them. */
export type BulkItem<E> = BulkItemOf<"subscription", Subscription, E>

/** In the order given, each id once. */
export type BulkResult<E> = BulkResultOf<"subscription", Subscription, E>
