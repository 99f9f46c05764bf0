-- Lists whose pages cost the same whatever has piled up (docs/decisions/0047-lists-at-volume.md). Of a table that is large by now, make its index by
-- hand under its name before (docs/decisions/0028-migrations-under-load.md).

-- A doctor's own box, by each status.
CREATE INDEX IF NOT EXISTS care_requests_of_doctor_by_status ON care_requests (doctor_id, status, submitted_at DESC, id DESC)
  WHERE doctor_id IS NOT NULL AND removed_at IS NULL;
--> statement-breakpoint
-- What one doctor has to do with one patient.
CREATE INDEX IF NOT EXISTS care_requests_of_pair ON care_requests (patient_id, doctor_id, submitted_at DESC, id DESC) WHERE doctor_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS care_requests_closed_of_patient ON care_requests (patient_id, closed_at DESC, id DESC) WHERE status = 'closed';
--> statement-breakpoint
-- For the gauges of who waits.
CREATE INDEX IF NOT EXISTS care_requests_waiting ON care_requests (urgency, coalesce(returned_at, submitted_at)) WHERE status = 'submitted';
--> statement-breakpoint
-- Whose record it is, so that a page of a timeline is a few reads of an index each, not a look at every request. Filled here, for whoever writes: the
-- version before knows nothing of it. A request never changes its patient.
ALTER TABLE care_request_events ADD COLUMN patient_id uuid;
--> statement-breakpoint
ALTER TABLE diagnoses ADD COLUMN patient_id uuid;
--> statement-breakpoint
ALTER TABLE diagnosis_corrections ADD COLUMN patient_id uuid;
--> statement-breakpoint
CREATE FUNCTION fill_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT patient_id INTO NEW.patient_id FROM care_requests WHERE id = NEW.request_id;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER care_request_events_patient BEFORE INSERT ON care_request_events FOR EACH ROW EXECUTE FUNCTION fill_patient();
--> statement-breakpoint
CREATE TRIGGER diagnoses_patient BEFORE INSERT ON diagnoses FOR EACH ROW EXECUTE FUNCTION fill_patient();
--> statement-breakpoint
CREATE TRIGGER diagnosis_corrections_patient BEFORE INSERT ON diagnosis_corrections FOR EACH ROW EXECUTE FUNCTION fill_patient();
--> statement-breakpoint
-- As before, but that whose it is may be filled in where it is missing.
CREATE OR REPLACE FUNCTION diagnosis_versions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT 1 FROM care_requests WHERE id = OLD.request_id AND removed_at IS NOT NULL
  ) THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.patient_id IS NULL AND to_jsonb(NEW) - 'patient_id' = to_jsonb(OLD) - 'patient_id' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a version of a diagnosis stays as it was written' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
UPDATE care_request_events AS e SET patient_id = r.patient_id FROM care_requests AS r WHERE r.id = e.request_id;
--> statement-breakpoint
UPDATE diagnoses AS d SET patient_id = r.patient_id FROM care_requests AS r WHERE r.id = d.request_id;
--> statement-breakpoint
UPDATE diagnosis_corrections AS c SET patient_id = r.patient_id FROM care_requests AS r WHERE r.id = c.request_id;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS care_request_events_of_patient ON care_request_events (patient_id, at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS diagnoses_of_patient ON diagnoses (patient_id, created_at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS diagnosis_corrections_of_patient ON diagnosis_corrections (patient_id, created_at DESC, diagnosis_id DESC);
--> statement-breakpoint
-- In their order, instead of in none.
CREATE INDEX IF NOT EXISTS ratings_of_patient_by_newest ON ratings (patient_id, created_at DESC, request_id DESC);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS notifications_unread_newest ON notifications (account_id, created_at DESC, id DESC) WHERE read_at IS NULL;
--> statement-breakpoint
DROP INDEX ratings_of_patient, notifications_unread;
--> statement-breakpoint
-- For numbers of a span, and for what is too old. Not in an order: along that PostgreSQL would look for one doctor's closed requests among everybody's, or
-- for one account's notices, because what came one after the other lies side by side.
CREATE INDEX IF NOT EXISTS care_requests_of_span ON care_requests USING brin (submitted_at);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS notifications_of_age ON notifications USING brin (created_at);
--> statement-breakpoint
DROP INDEX care_requests_submitted, notifications_age;
--> statement-breakpoint
-- What admins look for. ' maria garcia maria g @example.org ': the words of the name and of the address before its @, plain, and where the address is.
ALTER TABLE accounts ADD COLUMN search_key text COLLATE "C";
--> statement-breakpoint
CREATE FUNCTION account_search_key(full_name text, email text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || plain_text(full_name) || ' ' || plain_text(split_part(email, '@', 1)) || ' @' || split_part(email, '@', 2) || ' ';
--> statement-breakpoint
CREATE FUNCTION account_terms(search_key text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN array_to_tsvector(array_remove(string_to_array(search_key, ' '), ''));
--> statement-breakpoint
CREATE FUNCTION keep_search_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search_key := account_search_key(NEW.full_name, NEW.email);
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER accounts_search_key BEFORE INSERT OR UPDATE OF full_name, email ON accounts FOR EACH ROW EXECUTE FUNCTION keep_search_key();
--> statement-breakpoint
UPDATE accounts SET search_key = account_search_key(full_name, email) WHERE full_name IS NOT NULL;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS accounts_by_terms ON accounts USING gin (account_terms(search_key)) WITH (fastupdate = off);
--> statement-breakpoint
-- Patients are most of all accounts: whoever looks for them finds them along accounts_newest.
CREATE INDEX IF NOT EXISTS accounts_doctors_newest ON accounts (created_at DESC, id DESC) WHERE role = 'doctor';
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS accounts_admins_newest ON accounts (created_at DESC, id DESC) WHERE role = 'admin';
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS accounts_deleted_newest ON accounts (created_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS accounts_unapproved_newest ON accounts (created_at DESC, id DESC)
  WHERE role = 'doctor' AND approved_at IS NULL AND deleted_at IS NULL;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS doctors_of_specialty ON doctors (specialty, account_id);
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS ban_appeals_open ON ban_appeals (ban_id) WHERE answered_at IS NULL;
--> statement-breakpoint
CREATE INDEX IF NOT EXISTS audit_log_of_action ON audit_log (action, at DESC, id DESC);
--> statement-breakpoint
-- Of all entries, for who asks for all: that is what the condition says, which holds for each. Without it PostgreSQL would look along this one for the
-- entries of an actor, too, and find those of years ago after reading all that came since.
CREATE INDEX IF NOT EXISTS audit_log_all_newest ON audit_log (at DESC, id DESC) WHERE outcome IN ('ok', 'denied');
--> statement-breakpoint
DROP INDEX audit_log_newest;
