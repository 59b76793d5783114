/** Organizations, the issuers of invoices, and customers. */
export {
  ApiKey,
  ApiKeyId,
  ApiKeyStatus,
  type CreateApiKeyInput,
  type CreatedApiKey,
  type ListApiKeysInput,
  type StoredApiKey
} from "./api-key.js"
export { ApiKeys, type ApiKeysShape } from "./api-keys.js"
export * from "./billing-entities.js"
export * from "./billing-entity.js"
export * from "./customer.js"
export * from "./customer-moves.js"
export * from "./customers.js"
export * from "./errors.js"
export * from "./issuer.js"
export {
  type AddMemberInput,
  type ListMembersInput,
  Member,
  MemberId,
  MemberRole,
  type Right,
  type UpdateMemberInput
} from "./member.js"
export { CurrentMember, Members, type MembersShape } from "./members.js"
export * from "./organization.js"
export * from "./organizations.js"
export * from "./store.js"
