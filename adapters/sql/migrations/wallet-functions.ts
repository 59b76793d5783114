/**
 * What holds do to their wallets as functions of PostgreSQL: one way to the server for several tables, their plans made once a session, and
 * any number of calls in it, which share what a statement costs. SQLite has neither functions nor a way to a server; there the same
 * is done step by step under the writer's lock.
 *
 * Calls come as a JSON array and are answered by their place in it. Both functions lock the wallets first, by ascending id. Where they are
 * told not to wait, calls on wallets that somebody else has locked are left out, so that none waits for what another one is about.
 */

/** A balance in credits as the domain shows it: ÷ rate to 4 decimals, half away from zero, with no quotient that is rounded twice. */
const credits = (balance: string): string =>
  `trim_scale(div(2 * (${balance}) * 100000000 + w.rate_amount * 10000, 2 * w.rate_amount * 10000) / 10000)`

/** Locks those of `concerned` that can be had into `reachable`. */
const LOCK = (["", " SKIP LOCKED"] as const)
  .map(
    (skip) => `SELECT array_agg(l.id) INTO reachable FROM (SELECT w.id FROM wallets w
      WHERE w.organization_id = in_organization AND w.id = ANY (concerned) ORDER BY w.id FOR NO KEY UPDATE${skip}) l;`
  )
  .join(" ELSE ")

/**
 * Sets aside what running wallets have available: call after call as long as a wallet has enough, answered with true. False from the first
 * on that does not fit, or where the wallet does not run; no answer where the wallet was not locked.
 */
const RESERVE = `CREATE OR REPLACE FUNCTION wallet_holds_reserve(in_organization uuid, in_calls jsonb, in_wait boolean)
  RETURNS TABLE (place integer, done boolean) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
  #variable_conflict use_column
  DECLARE concerned uuid[]; reachable uuid[]; BEGIN
    SELECT array_agg(DISTINCT (c.value->>'wallet_id')::uuid) INTO concerned FROM jsonb_array_elements(in_calls) c;
    IF in_wait THEN ${LOCK} END IF;
    RETURN QUERY WITH calls AS (
      SELECT c.*, sum(c.amount_cents) OVER (PARTITION BY c.wallet_id ORDER BY c.place) AS so_far FROM jsonb_to_recordset(in_calls)
        AS c(place integer, id uuid, wallet_id uuid, amount_cents numeric, reference text, expires_at timestamptz, created_at timestamptz)
    ), judged AS (
      SELECT c.*, w.status = 'active' AND (w.expiration_at IS NULL OR w.expiration_at > c.created_at)
          AND w.balance_cents - w.held_cents >= c.so_far AS fits
        FROM wallets w JOIN calls c ON c.wallet_id = w.id WHERE w.organization_id = in_organization AND w.id = ANY (reachable)
    ), sums AS (
      SELECT j.wallet_id, sum(j.amount_cents) AS amount, max(j.created_at) AS at FROM judged j WHERE j.fits GROUP BY j.wallet_id
    ), set_aside AS (
      UPDATE wallets w SET held_cents = w.held_cents + s.amount, updated_at = s.at FROM sums s
        WHERE w.organization_id = in_organization AND w.id = ANY (reachable) AND w.id = s.wallet_id
    ), made AS (
      INSERT INTO wallet_holds (id, organization_id, wallet_id, status, amount_cents, settled_cents, reference, expires_at, created_at, updated_at)
        SELECT j.id, in_organization, j.wallet_id, 'active', j.amount_cents, 0, j.reference, j.expires_at, j.created_at, j.created_at
        FROM judged j WHERE j.fits
    ) SELECT j.place, j.fits FROM judged j;
  END $$`

/**
 * Ends holds that still set something aside, by at most that much, under their wallets' locks, each with a movement that is drawn from no
 * top-up yet. Answers the holds that were ended, and the wallets that calls would have to wait for. Whether a hold is active is asked by
 * `ended_at`: by `status` it would be looked up among the active ones, where every hold that has ended lies in the way until a vacuum.
 * Nothing is done at once where an endpoint wants to hear of it: step by step each movement is told.
 */
const SETTLE = `CREATE OR REPLACE FUNCTION wallet_holds_settle(in_organization uuid, in_calls jsonb, in_wait boolean)
  RETURNS TABLE (place integer, waits_for uuid, hold wallet_holds) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
  #variable_conflict use_column
  DECLARE holds uuid[]; concerned uuid[]; reachable uuid[]; BEGIN
    IF EXISTS (SELECT 1 FROM webhook_endpoints e WHERE e.organization_id = in_organization AND e.status = 'active') THEN RETURN; END IF;
    SELECT array_agg((c.value->>'id')::uuid) INTO holds FROM jsonb_array_elements(in_calls) c;
    SELECT array_agg(DISTINCT h.wallet_id) INTO concerned FROM wallet_holds h WHERE h.organization_id = in_organization AND h.id = ANY (holds);
    IF in_wait THEN ${LOCK} END IF;
    RETURN QUERY WITH calls AS (
      SELECT c.* FROM jsonb_to_recordset(in_calls) AS c(place integer, id uuid, amount_cents numeric, transaction_id uuid, at timestamptz)
    ), ended AS (
      UPDATE wallet_holds h SET status = 'settled', settled_cents = c.amount_cents, ended_at = c.at, updated_at = c.at FROM calls c
        WHERE h.organization_id = in_organization AND h.id = ANY (holds) AND h.id = c.id AND h.wallet_id = ANY (reachable)
        AND h.ended_at IS NULL AND h.expires_at > c.at AND h.amount_cents >= c.amount_cents
        RETURNING c.place, c.transaction_id, c.at, h.id, h.wallet_id, h.amount_cents, h.settled_cents, h AS hold
    ), lowered AS (
      SELECT e.*, w.customer_id, w.currency, w.rate_amount,
          w.balance_cents - sum(e.settled_cents) OVER (PARTITION BY e.wallet_id ORDER BY e.place) AS balance_cents
        FROM wallets w JOIN ended e ON e.wallet_id = w.id WHERE w.organization_id = in_organization AND w.id = ANY (reachable)
    ), used AS (
      SELECT w.*, ${credits("w.balance_cents + w.settled_cents")} - ${credits("w.balance_cents")} AS credits FROM lowered w
    ), sums AS (
      SELECT u.wallet_id, sum(u.amount_cents) AS held, sum(u.settled_cents) AS amount, sum(u.credits) AS credits, max(u.at) AS at
        FROM used u GROUP BY u.wallet_id
    ), taken AS (
      UPDATE wallets w SET held_cents = w.held_cents - s.held, balance_cents = w.balance_cents - s.amount,
          credits_balance = ${credits("w.balance_cents - s.amount")}, consumed_amount_cents = w.consumed_amount_cents + s.amount,
          consumed_credits = trim_scale(w.consumed_credits + s.credits), undrawn_cents = w.undrawn_cents + s.amount, updated_at = s.at
        FROM sums s WHERE w.organization_id = in_organization AND w.id = ANY (reachable) AND w.id = s.wallet_id
    ), noted AS (
      INSERT INTO wallet_transactions (id, organization_id, wallet_id, customer_id, transaction_type, transaction_status, source, status,
          amount, credit_amount, remaining_cents, hold_id, settled_at, created_at, updated_at)
        SELECT u.transaction_id, in_organization, u.wallet_id, u.customer_id, 'outbound', 'invoiced', 'manual', 'settled',
          u.settled_cents, u.credits, 0, u.id, u.at, u.at, u.at FROM used u WHERE u.settled_cents > 0
    ), booked AS (
      INSERT INTO ledger_entries (organization_id, source_type, source_id, kind, account, customer_id, currency, amount_cents, occurred_at, created_at)
        SELECT in_organization, 'wallet_transaction', u.transaction_id, 'consumed', entry.account, u.customer_id, u.currency,
          entry.sign * u.settled_cents, u.at, u.at
        FROM used u, (VALUES ('wallet_liability', 1), ('revenue', -1)) AS entry (account, sign) WHERE u.settled_cents > 0
    ) SELECT e.place, NULL::uuid, e.hold FROM ended e;
    IF cardinality(concerned) > coalesce(cardinality(reachable), 0) THEN
      RETURN QUERY SELECT c.place, h.wallet_id, NULL::wallet_holds FROM jsonb_to_recordset(in_calls) AS c(place integer, id uuid)
        JOIN wallet_holds h ON h.organization_id = in_organization AND h.id = c.id AND h.id = ANY (holds)
        WHERE NOT h.wallet_id = ANY (coalesce(reachable, '{}'));
    END IF;
  END $$`

export const walletFunctions: ReadonlyArray<string> = [RESERVE, SETTLE]
