-- Numbers and lists that cost the same whatever has piled up (docs/decisions/0054-bounded-reads.md). Of a table that is large by now, make its index by
-- hand under its name before (docs/decisions/0028-migrations-under-load.md).

-- How many there are of what only ever grows. Each change is a row of its own, so that nobody waits for anybody; a job adds them up.
CREATE TABLE tallies (
  subject text NOT NULL,
  key text NOT NULL,
  n bigint NOT NULL,
  PRIMARY KEY (subject, key)
);
--> statement-breakpoint
CREATE TABLE tally_changes (
  subject text NOT NULL,
  key text NOT NULL,
  delta integer NOT NULL
);
--> statement-breakpoint
CREATE FUNCTION account_tally_key(role text, deleted_at timestamptz, approved_at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN role || ' ' || CASE WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN role = 'doctor' AND approved_at IS NULL THEN 'pending-approval' ELSE 'active' END;
--> statement-breakpoint
CREATE FUNCTION tally_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO tally_changes VALUES ('accounts', account_tally_key(OLD.role, OLD.deleted_at, OLD.approved_at), -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO tally_changes VALUES ('accounts', account_tally_key(NEW.role, NEW.deleted_at, NEW.approved_at), 1);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION tally_requests() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    INSERT INTO tally_changes VALUES ('requests', OLD.status, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO tally_changes VALUES ('requests', NEW.status, 1);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
-- Of each specialty those who are listed.
CREATE FUNCTION tally_doctors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.listed THEN
    INSERT INTO tally_changes VALUES ('doctors', OLD.specialty, -1);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.listed THEN
    INSERT INTO tally_changes VALUES ('doctors', NEW.specialty, 1);
  END IF;
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE FUNCTION tally_ratings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tally_changes VALUES ('ratings', '', CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END);
  RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER accounts_are_tallied AFTER INSERT OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION tally_accounts();
--> statement-breakpoint
CREATE TRIGGER accounts_changes_are_tallied AFTER UPDATE ON accounts FOR EACH ROW
  WHEN (account_tally_key(OLD.role, OLD.deleted_at, OLD.approved_at) <> account_tally_key(NEW.role, NEW.deleted_at, NEW.approved_at))
  EXECUTE FUNCTION tally_accounts();
--> statement-breakpoint
CREATE TRIGGER care_requests_are_tallied AFTER INSERT OR DELETE ON care_requests FOR EACH ROW EXECUTE FUNCTION tally_requests();
--> statement-breakpoint
CREATE TRIGGER care_requests_changes_are_tallied AFTER UPDATE ON care_requests FOR EACH ROW WHEN (OLD.status <> NEW.status)
  EXECUTE FUNCTION tally_requests();
--> statement-breakpoint
CREATE TRIGGER doctors_are_tallied AFTER INSERT OR DELETE ON doctors FOR EACH ROW EXECUTE FUNCTION tally_doctors();
--> statement-breakpoint
CREATE TRIGGER doctors_changes_are_tallied AFTER UPDATE ON doctors FOR EACH ROW
  WHEN ((OLD.listed, OLD.specialty) IS DISTINCT FROM (NEW.listed, NEW.specialty)) EXECUTE FUNCTION tally_doctors();
--> statement-breakpoint
CREATE TRIGGER ratings_are_tallied AFTER INSERT OR DELETE ON ratings FOR EACH ROW EXECUTE FUNCTION tally_ratings();
--> statement-breakpoint
-- Counts everything and mends what the tallies miss of it. In one statement, so that of what changes meanwhile each row is seen with its change, or neither.
CREATE FUNCTION count_anew() RETURNS void LANGUAGE sql AS $$
  INSERT INTO tallies
  SELECT subject, key, sum(n) FROM (
    SELECT 'accounts' AS subject, account_tally_key(role, deleted_at, approved_at) AS key, count(*) AS n FROM accounts GROUP BY 2
    UNION ALL SELECT 'requests', status, count(*) FROM care_requests GROUP BY status
    UNION ALL SELECT 'doctors', specialty, count(*) FROM doctors WHERE listed GROUP BY specialty
    UNION ALL SELECT 'ratings', '', count(*) FROM ratings
    UNION ALL SELECT subject, key, -n FROM tallies
    UNION ALL SELECT subject, key, -delta FROM tally_changes
  ) AS missing GROUP BY subject, key
  ON CONFLICT (subject, key) DO UPDATE SET n = tallies.n + excluded.n
$$;
--> statement-breakpoint
-- Who is banned, in the order of the list of accounts.
ALTER TABLE bans ADD COLUMN account_created_at timestamptz(3);
--> statement-breakpoint
CREATE FUNCTION fill_account_created_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT created_at INTO NEW.account_created_at FROM accounts WHERE id = NEW.account_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER bans_account_created_at BEFORE INSERT ON bans FOR EACH ROW EXECUTE FUNCTION fill_account_created_at();
--> statement-breakpoint
UPDATE bans SET account_created_at = a.created_at FROM accounts AS a WHERE a.id = bans.account_id;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS bans_by_newest_account ON bans (account_created_at DESC, account_id DESC) WHERE lifted_at IS NULL;
--> statement-breakpoint
-- Some who accept, beginning anywhere: in an order that has to do with nothing.
CREATE INDEX IF NOT EXISTS doctors_accepting ON doctors (specialty, uuid_hash(account_id)) WHERE listed AND accepting_requests;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS security_events_of_kind ON security_events (kind, at DESC, id DESC);
--> statement-breakpoint
-- Of all, for who asks for all: that is what the condition says, which holds for each (docs/decisions/0047-lists-at-volume.md).
CREATE INDEX IF NOT EXISTS security_events_all_newest ON security_events (at DESC, id DESC) WHERE id <> '00000000-0000-0000-0000-000000000000';
--> statement-breakpoint
DROP INDEX security_events_newest;
