-- The record: what patients say of themselves, corrections that keep what was written, codes, summaries that can be checked, and
-- the approval of doctors (docs/decisions/0040-a-record-that-is-never-overwritten.md).

ALTER TABLE patients
  ADD COLUMN medication text,
  ADD COLUMN conditions text,
  -- {name, relation, phone}
  ADD COLUMN emergency_contact jsonb;
--> statement-breakpoint
-- A diagnosis is as it was first written; each row here is a later version of it, the newest is the one that holds.
CREATE TABLE diagnosis_corrections (
  diagnosis_id uuid NOT NULL REFERENCES diagnoses (id) ON DELETE CASCADE,
  version integer NOT NULL CHECK (version >= 2),
  request_id uuid NOT NULL REFERENCES care_requests (id),
  doctor_id uuid NOT NULL REFERENCES accounts (id),
  title text NOT NULL,
  icd10 text,
  description text NOT NULL,
  recommendations text NOT NULL,
  -- Health text, as all of it.
  reason text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (diagnosis_id, version)
);
--> statement-breakpoint
CREATE INDEX diagnosis_corrections_of_request ON diagnosis_corrections (request_id);
--> statement-breakpoint
-- No version is ever overwritten or taken away, but by the removal of a record whose time of keeping is over.
CREATE FUNCTION diagnosis_versions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT 1 FROM care_requests WHERE id = OLD.request_id AND removed_at IS NOT NULL
  ) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a version of a diagnosis stays as it was written' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER diagnoses_guard BEFORE UPDATE OR DELETE ON diagnoses FOR EACH ROW EXECUTE FUNCTION diagnosis_versions_guard();
--> statement-breakpoint
CREATE TRIGGER diagnosis_corrections_guard BEFORE UPDATE OR DELETE ON diagnosis_corrections FOR EACH ROW EXECUTE FUNCTION diagnosis_versions_guard();
--> statement-breakpoint
-- The codes of the edition that was imported last, if any was.
CREATE TABLE icd10_codes (
  code text PRIMARY KEY,
  title text NOT NULL,
  -- The title in small letters without accents.
  plain_title text NOT NULL,
  words tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('simple', plain_title)) STORED
);
--> statement-breakpoint
CREATE INDEX icd10_codes_by_prefix ON icd10_codes (code text_pattern_ops);
--> statement-breakpoint
CREATE INDEX icd10_codes_by_word ON icd10_codes USING gin (words);
--> statement-breakpoint
CREATE TABLE icd10_edition (
  is_current boolean PRIMARY KEY DEFAULT true CHECK (is_current),
  name text NOT NULL,
  code_count integer NOT NULL,
  imported_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
-- Summaries that were handed out, by the SHA-256 of the code on them: an HMAC over the digest of what is in it. Neither says anything of that.
CREATE TABLE summary_checks (
  code_hash bytea PRIMARY KEY,
  request_id uuid NOT NULL REFERENCES care_requests (id),
  digest bytea NOT NULL,
  -- The pepper that the code was made with.
  key_id text NOT NULL,
  -- How many diagnoses and corrections there were: with one more it is replaced.
  versions integer NOT NULL,
  made_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX summary_checks_of_request ON summary_checks (request_id);
--> statement-breakpoint
-- What doctors ask to be approved as, and what was decided on it. One of a doctor is open at a time.
CREATE TABLE approval_requests (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES accounts (id),
  -- first: never approved. again: after a refusal. change: approved as something else, which goes on until it is decided.
  kind text NOT NULL CHECK (kind IN ('first', 'again', 'change')),
  specialty text NOT NULL REFERENCES specialties (code),
  license_number text NOT NULL,
  note text,
  asked_at timestamptz(3) NOT NULL DEFAULT now(),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'approved', 'rejected', 'replaced')),
  decided_at timestamptz(3),
  decided_by uuid REFERENCES accounts (id),
  reason text,
  CONSTRAINT approval_requests_decided_has_time CHECK ((state = 'open') = (decided_at IS NULL))
);
--> statement-breakpoint
CREATE UNIQUE INDEX approval_requests_one_open ON approval_requests (doctor_id) WHERE state = 'open';
--> statement-breakpoint
CREATE INDEX approval_requests_queue ON approval_requests (asked_at, id) WHERE state = 'open';
--> statement-breakpoint
CREATE INDEX approval_requests_of_doctor ON approval_requests (doctor_id, asked_at DESC, id DESC);
--> statement-breakpoint
-- Who waited already. A doctor whom the version before registers beside this one asks by `POST /me/approval`.
INSERT INTO approval_requests (id, doctor_id, kind, specialty, license_number, asked_at)
SELECT gen_random_uuid(), account_id, 'first', specialty, license_number, accounts.created_at
FROM doctors JOIN accounts ON accounts.id = doctors.account_id
WHERE accounts.approved_at IS NULL AND accounts.deleted_at IS NULL;
--> statement-breakpoint
-- Credentials that a doctor uploaded. The bytes are in the store of attachments under doctor_id/id, as long as this row is here.
CREATE TABLE approval_documents (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES accounts (id),
  name text NOT NULL,
  type text NOT NULL,
  size_bytes bigint NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- From here on the bytes are in the store, whole.
  stored_at timestamptz(3),
  -- The bytes are to go; the row goes after them.
  removed_at timestamptz(3)
);
--> statement-breakpoint
CREATE INDEX approval_documents_of_doctor ON approval_documents (doctor_id, created_at, id);
--> statement-breakpoint
CREATE INDEX approval_documents_unsettled ON approval_documents (created_at) WHERE stored_at IS NULL OR removed_at IS NOT NULL;
