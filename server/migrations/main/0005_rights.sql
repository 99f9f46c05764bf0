-- Deletion in two stages: personal data at once (deleted_at), the health record when its time of keeping is over.
ALTER TABLE accounts
  ADD COLUMN record_removed_at timestamptz(3),
  ADD CONSTRAINT accounts_record_outlives_account CHECK (record_removed_at IS NULL OR deleted_at IS NOT NULL);
--> statement-breakpoint
CREATE INDEX accounts_records_due ON accounts (deleted_at, id)
  WHERE role = 'patient' AND deleted_at IS NOT NULL AND record_removed_at IS NULL;
--> statement-breakpoint
-- locked_at: the patient has deleted the account; only the doctor who treated may still read. removed_at: the health text is gone.
ALTER TABLE care_requests
  ADD COLUMN locked_at timestamptz(3),
  ADD COLUMN removed_at timestamptz(3),
  ADD CONSTRAINT care_requests_removed_was_locked CHECK (removed_at IS NULL OR locked_at IS NOT NULL),
  ADD CONSTRAINT care_requests_removed_is_empty CHECK ((removed_at IS NOT NULL) = (complaint = ''));
--> statement-breakpoint
CREATE OR REPLACE FUNCTION care_requests_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
    ('submitted', 'accepted'), ('accepted', 'diagnosed'), ('diagnosed', 'closed'),
    ('submitted', 'cancelled'), ('submitted', 'declined'), ('accepted', 'submitted')
  ) THEN
    RAISE EXCEPTION 'care request % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.patient_id <> OLD.patient_id OR (NEW.complaint <> OLD.complaint AND NEW.removed_at IS NULL) THEN
    RAISE EXCEPTION 'care request %: patient and complaint never change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.locked_at IS DISTINCT FROM NEW.locked_at AND OLD.locked_at IS NOT NULL
    OR OLD.removed_at IS DISTINCT FROM NEW.removed_at AND OLD.removed_at IS NOT NULL THEN
    RAISE EXCEPTION 'care request %: what is locked or removed stays so', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
UPDATE care_requests SET locked_at = accounts.deleted_at
FROM accounts WHERE accounts.id = care_requests.patient_id AND accounts.deleted_at IS NOT NULL;
--> statement-breakpoint
UPDATE care_requests SET status = 'cancelled', closed_at = now(), version = version + 1
WHERE status = 'submitted' AND locked_at IS NOT NULL;
--> statement-breakpoint
DELETE FROM email_links USING accounts WHERE accounts.id = email_links.account_id AND accounts.deleted_at IS NOT NULL;
--> statement-breakpoint
UPDATE sessions SET ip = NULL, user_agent = NULL
FROM accounts WHERE accounts.id = sessions.account_id AND accounts.deleted_at IS NOT NULL;
--> statement-breakpoint
-- Undoing a change of address: sent to the address before, good however often the address is changed after it.
ALTER TABLE email_links
  DROP CONSTRAINT email_links_purpose_check,
  ADD CONSTRAINT email_links_purpose_check CHECK (purpose IN
    ('verify-email', 'reset-password', 'set-password', 'confirm-email', 'confirm-deletion', 'undo-email-change'));
--> statement-breakpoint
DROP INDEX email_links_one_open;
--> statement-breakpoint
CREATE UNIQUE INDEX email_links_one_open ON email_links (account_id, purpose)
  WHERE used_at IS NULL AND purpose <> 'undo-email-change';
--> statement-breakpoint
CREATE INDEX email_links_of_account ON email_links (account_id);
--> statement-breakpoint
-- The addresses that are kept for whom they were taken from.
CREATE INDEX email_links_kept_addresses ON email_links (email) WHERE used_at IS NULL AND purpose = 'undo-email-change';
--> statement-breakpoint
-- From where an account has logged in: what a login is compared with, to tell its owner of a new one.
CREATE TABLE known_devices (
  account_id uuid NOT NULL REFERENCES accounts (id),
  -- As people read it, "Firefox on Windows".
  device text NOT NULL,
  -- An IPv4 /24 or an IPv6 /64.
  network text NOT NULL,
  first_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, device, network)
);
--> statement-breakpoint
CREATE INDEX known_devices_age ON known_devices (last_seen_at);
--> statement-breakpoint
-- The audit entries of a record's owner, for the owner's export.
CREATE INDEX audit_log_of_owner ON audit_log (owner_id, at DESC, id DESC) WHERE owner_id IS NOT NULL;
