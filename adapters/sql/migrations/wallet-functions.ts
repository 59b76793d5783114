/**
 * What a hold does to its wallet as functions of PostgreSQL: one way to the server for several tables, their plans made once a
 * session. SQLite has neither functions nor a way to a server; there the same is done step by step under the writer's lock.
 */

/** A balance in credits as the domain shows it: ÷ rate to 4 decimals, half away from zero, with no quotient that is rounded twice. */
const credits = (balance: string): string =>
  `trim_scale(div(2 * (${balance}) * 100000000 + w.rate_amount * 10000, 2 * w.rate_amount * 10000) / 10000)`

/** Sets aside what a running wallet has available; false where that is not enough, or the wallet does not run. */
const RESERVE = `CREATE OR REPLACE FUNCTION wallet_hold_reserve(
    in_organization uuid, in_wallet uuid, in_hold uuid, in_amount numeric, in_reference text, in_until timestamptz, in_now timestamptz
  ) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    UPDATE wallets SET held_cents = held_cents + in_amount, updated_at = in_now
      WHERE organization_id = in_organization AND id = in_wallet AND status = 'active'
      AND (expiration_at IS NULL OR expiration_at > in_now) AND balance_cents - held_cents >= in_amount;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO wallet_holds (id, organization_id, wallet_id, status, amount_cents, settled_cents, reference, expires_at, created_at, updated_at)
      VALUES (in_hold, in_organization, in_wallet, 'active', in_amount, 0, in_reference, in_until, in_now, in_now);
    RETURN true;
  END $$`

/**
 * Ends a hold that still sets something aside, by at most that much, under its wallet's lock, with a movement that is drawn from no
 * top-up yet. No row where that cannot be done so. Whether it is active is asked by `ended_at`: by `status` it would be looked up
 * among the active ones, where every hold that has ended lies in the way until the table is vacuumed.
 */
const SETTLE = `CREATE OR REPLACE FUNCTION wallet_hold_settle(
    in_organization uuid, in_hold uuid, in_amount numeric, in_transaction uuid, in_now timestamptz
  ) RETURNS SETOF wallet_holds LANGUAGE plpgsql AS $$ DECLARE h wallet_holds; w wallets; used numeric; BEGIN
    SELECT w1.* INTO w FROM wallet_holds h1 JOIN wallets w1 ON w1.organization_id = h1.organization_id AND w1.id = h1.wallet_id
      WHERE h1.organization_id = in_organization AND h1.id = in_hold FOR NO KEY UPDATE OF w1;
    UPDATE wallet_holds SET status = 'settled', settled_cents = in_amount, ended_at = in_now, updated_at = in_now
      WHERE organization_id = in_organization AND id = in_hold AND ended_at IS NULL AND expires_at > in_now AND amount_cents >= in_amount
      RETURNING * INTO h;
    IF NOT FOUND THEN RETURN; END IF;
    used := ${credits("w.balance_cents")} - ${credits("w.balance_cents - in_amount")};
    UPDATE wallets SET held_cents = w.held_cents - h.amount_cents, balance_cents = w.balance_cents - in_amount,
      credits_balance = ${credits("w.balance_cents - in_amount")}, consumed_amount_cents = w.consumed_amount_cents + in_amount,
      consumed_credits = trim_scale(w.consumed_credits + used), undrawn_cents = w.undrawn_cents + in_amount, updated_at = in_now
      WHERE organization_id = in_organization AND id = h.wallet_id;
    IF in_amount > 0 THEN
      INSERT INTO wallet_transactions (id, organization_id, wallet_id, customer_id, transaction_type, transaction_status, source, status,
          amount, credit_amount, remaining_cents, hold_id, settled_at, created_at, updated_at)
        VALUES (in_transaction, in_organization, w.id, w.customer_id, 'outbound', 'invoiced', 'manual', 'settled',
          in_amount, used, 0, in_hold, in_now, in_now, in_now);
    END IF;
    RETURN NEXT h;
  END $$`

export const walletFunctions: ReadonlyArray<string> = [RESERVE, SETTLE]
