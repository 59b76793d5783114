/** What transactions tell is queued for the systems that follow it, in the same transaction. */
import { DateTime, Effect, Layer } from "effect"
import { Followers, type Happening } from "../../webhooks/index.js"
import type { ResourceType } from "../integration.js"
import type { IntegrationType } from "../providers.js"
import { type Change, followedBy, SyncQueueStore } from "./queue.js"

/** Of what systems hear. */
const followed: { readonly [T in Happening["type"]]?: ResourceType } = {
  "customer.created": "customer",
  "customer.updated": "customer",
  "customer.deleted": "customer",
  "subscription.created": "subscription",
  "subscription.updated": "subscription",
  "subscription.started": "subscription",
  "subscription.paused": "subscription",
  "subscription.resumed": "subscription",
  "subscription.canceled": "subscription",
  "subscription.terminated": "subscription",
  "subscription.plan_changed": "subscription",
  "subscription.plan_change_canceled": "subscription",
  "subscription.trial_ended": "subscription",
  "invoice.finalized": "invoice",
  "invoice.paid": "invoice",
  "invoice.voided": "invoice",
  "payment.succeeded": "payment",
  "payment.refunded": "payment",
  "credit_note.finalized": "credit_note",
  "credit_note.voided": "credit_note"
}

/** Of what some of them do not hear: tax is owed whether an invoice is paid or not, and a credit that was taken back is no other document. */
const unheard: { readonly [T in Happening["type"]]?: ReadonlyArray<IntegrationType> } = {
  "invoice.paid": ["tax"],
  "credit_note.voided": ["accounting"]
}

/** What changed, each row once for each type of system, in order of their ids: rows are locked in it. */
const changesOf = (events: ReadonlyArray<Happening>): ReadonlyArray<Change> => {
  const changes = new Map<string, Change>()
  for (const { object_id: resource_id, organization_id, type } of events) {
    const resource_type = followed[type]
    if (resource_type === undefined) continue
    for (const integration_type of followedBy[resource_type].filter((follower) => unheard[type]?.includes(follower) !== true))
      changes.set(`${resource_id} ${resource_type} ${integration_type}`, { organization_id, integration_type, resource_type, resource_id })
  }
  return [...changes].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change)
}

export const followingLayer: Layer.Layer<never, never, SyncQueueStore> = Layer.effect(
  Followers,
  Effect.map(SyncQueueStore, (queue) => (events: ReadonlyArray<Happening>) => {
    const changes = changesOf(events)
    return changes.length === 0 ? Effect.void : Effect.flatMap(DateTime.now, (now) => queue.enqueue(changes, now))
  })
)
