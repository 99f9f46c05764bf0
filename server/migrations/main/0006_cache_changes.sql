-- What makes copies of a thing worthless is written down here by triggers, in the transaction that makes the change, whoever
-- makes it: a node answers from a copy only if it was read after all of them
-- (docs/decisions/0021-copies-against-a-log-of-changes.md). A subject is what the copies say that they are of
-- (server/src/cache-policies.ts). Rows are of use for minutes, and dropped after an hour.
CREATE TABLE cache_changes (
  xid xid8 NOT NULL,
  subject text NOT NULL,
  at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (xid, subject)
);
--> statement-breakpoint
CREATE INDEX cache_changes_by_time ON cache_changes (at);
--> statement-breakpoint
-- The directory as anybody sees it: the profile, the lists that the doctor is in, and how many doctors a specialty has.
CREATE FUNCTION record_doctor_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was doctors := CASE WHEN TG_OP <> 'INSERT' THEN OLD END;
  becomes doctors := CASE WHEN TG_OP <> 'DELETE' THEN NEW END;
BEGIN
  INSERT INTO cache_changes (xid, subject)
  SELECT DISTINCT pg_current_xact_id(), subject
  FROM unnest(ARRAY[
    'doctor:' || coalesce(was.account_id, becomes.account_id),
    'doctors',
    'doctors:' || was.specialty,
    'doctors:' || becomes.specialty,
    CASE WHEN (was.listed, was.specialty) IS DISTINCT FROM (becomes.listed, becomes.specialty) THEN 'specialties' END
  ]) AS subject
  WHERE subject IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER doctors_arrival_is_recorded AFTER INSERT ON doctors FOR EACH ROW
  WHEN (NEW.listed) EXECUTE FUNCTION record_doctor_change();
--> statement-breakpoint
CREATE TRIGGER doctors_change_is_recorded AFTER UPDATE ON doctors FOR EACH ROW
  WHEN ((OLD.listed OR NEW.listed) AND OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION record_doctor_change();
--> statement-breakpoint
CREATE TRIGGER doctors_leaving_is_recorded AFTER DELETE ON doctors FOR EACH ROW
  WHEN (OLD.listed) EXECUTE FUNCTION record_doctor_change();
