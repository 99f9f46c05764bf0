-- What may take something away from the sessions of an account is written down here by triggers, whoever makes the change: a
-- node lets a call through on a copy of a session's state only if the copy was read after all of them
-- (docs/decisions/0013-sessions-compared-in-redis.md). Rows are of use for a minute, and dropped after an hour.
CREATE TABLE session_changes (
  xid xid8 NOT NULL,
  account_id uuid NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (xid, account_id)
);
--> statement-breakpoint
-- The argument names the column that holds the account.
CREATE FUNCTION record_session_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
BEGIN
  INSERT INTO session_changes (xid, account_id)
  VALUES (pg_current_xact_id(), (changed ->> TG_ARGV[0])::uuid)
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER sessions_end_is_recorded AFTER UPDATE ON sessions FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND (NEW.ended_at IS NOT NULL OR NEW.expires_at < OLD.expires_at))
  EXECUTE FUNCTION record_session_change('account_id');
--> statement-breakpoint
CREATE TRIGGER sessions_deletion_is_recorded AFTER DELETE ON sessions FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND OLD.expires_at > now())
  EXECUTE FUNCTION record_session_change('account_id');
--> statement-breakpoint
CREATE TRIGGER accounts_change_is_recorded AFTER UPDATE ON accounts FOR EACH ROW
  WHEN ((OLD.role, OLD.approved_at, OLD.mfa_enabled_at, OLD.deleted_at)
    IS DISTINCT FROM (NEW.role, NEW.approved_at, NEW.mfa_enabled_at, NEW.deleted_at))
  EXECUTE FUNCTION record_session_change('id');
--> statement-breakpoint
CREATE TRIGGER bans_are_recorded AFTER INSERT OR UPDATE ON bans FOR EACH ROW
  WHEN (NEW.lifted_at IS NULL)
  EXECUTE FUNCTION record_session_change('account_id');
