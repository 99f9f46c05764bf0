-- Identity -----------------------------------------------------------------------------------------------------------
-- One id space for everybody: an account's id is the patient's, the doctor's and the admin's id.

CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  role text NOT NULL CHECK (role IN ('patient', 'doctor', 'admin')),
  -- Null once deleted: the address is free again, and nothing personal stays.
  email text CHECK (email = lower(email)),
  full_name text,
  password_hash text,
  email_verified_at timestamptz(3),
  -- Doctors only: null until an admin approves, null again when the approval is withdrawn.
  approved_at timestamptz(3),
  country text,
  city text,
  region text,
  address_line text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  deleted_at timestamptz(3),
  CONSTRAINT accounts_deleted_is_erased CHECK (
    deleted_at IS NULL
    OR (email IS NULL AND full_name IS NULL AND password_hash IS NULL AND country IS NULL AND city IS NULL
        AND region IS NULL AND address_line IS NULL)
  ),
  CONSTRAINT accounts_living_has_name CHECK (deleted_at IS NOT NULL OR (email IS NOT NULL AND full_name IS NOT NULL)),
  CONSTRAINT accounts_only_doctors_are_approved CHECK (role = 'doctor' OR approved_at IS NULL)
);
--> statement-breakpoint
CREATE UNIQUE INDEX accounts_email_key ON accounts (email);
--> statement-breakpoint
CREATE INDEX accounts_newest ON accounts (created_at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX accounts_admins ON accounts (id) WHERE role = 'admin' AND deleted_at IS NULL;
--> statement-breakpoint
CREATE TABLE patients (
  account_id uuid PRIMARY KEY REFERENCES accounts (id),
  birth_date date CHECK (birth_date >= DATE '1880-01-01'),
  sex text CHECK (sex IN ('female', 'male', 'other')),
  phone text,
  allergies text
);
--> statement-breakpoint
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  last_seen_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  ip text,
  user_agent text,
  ended_at timestamptz(3),
  ended_because text,
  CONSTRAINT sessions_end_has_reason CHECK ((ended_at IS NULL) = (ended_because IS NULL))
);
--> statement-breakpoint
CREATE INDEX sessions_live ON sessions (account_id) WHERE ended_at IS NULL;
--> statement-breakpoint
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX sessions_expiry ON sessions (expires_at);
--> statement-breakpoint
-- The refresh tokens of a session: the current one, and those rotated away within the grace. The jti is no credential:
-- no token can be made from it without the keys.
CREATE TABLE refresh_tokens (
  jti uuid PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  issued_at timestamptz(3) NOT NULL,
  signing_kid text NOT NULL,
  encryption_kid text NOT NULL,
  rotated_at timestamptz(3)
);
--> statement-breakpoint
CREATE UNIQUE INDEX refresh_tokens_one_current ON refresh_tokens (session_id) WHERE rotated_at IS NULL;
--> statement-breakpoint
CREATE INDEX refresh_tokens_of_session ON refresh_tokens (session_id);
--> statement-breakpoint
-- Links in mails. Taken in one atomic statement; a newer one of the same purpose voids the older.
CREATE TABLE email_links (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  purpose text NOT NULL CHECK (purpose IN ('verify-email', 'reset-password', 'set-password', 'confirm-email', 'confirm-deletion')),
  -- The address that the link was sent to: it counts for that one only.
  email text NOT NULL,
  -- Change of address only: where the notice goes when it is done, and the session that asked and stays.
  previous_email text,
  session_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3)
);
--> statement-breakpoint
CREATE UNIQUE INDEX email_links_one_open ON email_links (account_id, purpose) WHERE used_at IS NULL;
--> statement-breakpoint
CREATE INDEX email_links_expiry ON email_links (expires_at);
--> statement-breakpoint
CREATE TABLE bans (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  reason text NOT NULL,
  banned_by uuid NOT NULL REFERENCES accounts (id),
  starts_at timestamptz(3) NOT NULL DEFAULT now(),
  -- Null: for good.
  until timestamptz(3) CHECK (until > starts_at),
  lifted_at timestamptz(3),
  -- Null when it ended by itself.
  lifted_by uuid REFERENCES accounts (id)
);
--> statement-breakpoint
CREATE UNIQUE INDEX bans_one_running ON bans (account_id) WHERE lifted_at IS NULL;
--> statement-breakpoint
CREATE INDEX bans_of_account ON bans (account_id, starts_at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX bans_due ON bans (until) WHERE lifted_at IS NULL AND until IS NOT NULL;
--> statement-breakpoint
CREATE TABLE security_events (
  id uuid PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT now(),
  kind text NOT NULL,
  account_id uuid REFERENCES accounts (id),
  ip text,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
CREATE INDEX security_events_newest ON security_events (at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX security_events_of_account ON security_events (account_id, at DESC, id DESC);
--> statement-breakpoint

-- Doctors ------------------------------------------------------------------------------------------------------------

CREATE TABLE specialties (
  code text PRIMARY KEY,
  name text NOT NULL
);
--> statement-breakpoint
INSERT INTO specialties (code, name) VALUES
  ('aerospace_medicine', 'Aerospace medicine'),
  ('allergy_immunology', 'Allergy and immunology'),
  ('anesthesiology', 'Anesthesiology'),
  ('cardiology', 'Cardiology'),
  ('cardiothoracic_surgery', 'Cardiothoracic surgery'),
  ('clinical_genetics', 'Clinical genetics'),
  ('colorectal_surgery', 'Colorectal surgery'),
  ('dentistry', 'Dentistry'),
  ('dermatology', 'Dermatology'),
  ('diagnostics', 'Diagnostics'),
  ('emergency_medicine', 'Emergency medicine'),
  ('endocrinology', 'Endocrinology'),
  ('family_medicine', 'Family medicine'),
  ('gastroenterology', 'Gastroenterology'),
  ('geriatrics', 'Geriatrics'),
  ('gynecology', 'Gynecology and obstetrics'),
  ('hematology', 'Hematology'),
  ('hepatology', 'Hepatology'),
  ('infectious_disease', 'Infectious disease'),
  ('intensive_care', 'Intensive care medicine'),
  ('internal_medicine', 'Internal medicine'),
  ('neonatology', 'Neonatology'),
  ('nephrology', 'Nephrology'),
  ('neurology', 'Neurology'),
  ('neurosurgery', 'Neurosurgery'),
  ('nuclear_medicine', 'Nuclear medicine'),
  ('nutrition', 'Nutrition medicine'),
  ('occupational_medicine', 'Occupational medicine'),
  ('oncology', 'Oncology'),
  ('ophthalmology', 'Ophthalmology'),
  ('orthopedics', 'Orthopedics'),
  ('otolaryngology', 'Otolaryngology'),
  ('pain_medicine', 'Pain medicine'),
  ('palliative_care', 'Palliative care'),
  ('pathology', 'Pathology'),
  ('pediatrics', 'Pediatrics'),
  ('plastic_surgery', 'Plastic surgery'),
  ('psychiatry', 'Psychiatry'),
  ('pulmonology', 'Pulmonology'),
  ('radiology', 'Radiology'),
  ('rehabilitation', 'Physical medicine and rehabilitation'),
  ('rheumatology', 'Rheumatology'),
  ('sports_medicine', 'Sports medicine'),
  ('surgery', 'General surgery'),
  ('urology', 'Urology');
--> statement-breakpoint
CREATE TABLE doctors (
  account_id uuid PRIMARY KEY REFERENCES accounts (id),
  specialty text NOT NULL REFERENCES specialties (code),
  license_number text NOT NULL,
  -- Copies of the account's name and place and of "approved, not banned, not deleted", kept when identity says that they
  -- changed: the list is sorted and filtered by one index each, without a join.
  full_name text NOT NULL,
  country text,
  city text,
  listed boolean NOT NULL DEFAULT false,
  bio text,
  experience_years integer NOT NULL DEFAULT 0 CHECK (experience_years BETWEEN 0 AND 80),
  languages text[] NOT NULL DEFAULT '{}',
  accepting_requests boolean NOT NULL DEFAULT true,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  rating_count integer NOT NULL DEFAULT 0,
  rating_sum integer NOT NULL DEFAULT 0,
  rating_sum_of_squares integer NOT NULL DEFAULT 0,
  -- A lower bound of the mean (see modules/doctors/score.ts); that of no ratings at all is the default.
  score double precision NOT NULL DEFAULT 2.0474
);
--> statement-breakpoint
CREATE INDEX doctors_by_rating ON doctors (score DESC, account_id DESC) WHERE listed;
--> statement-breakpoint
CREATE INDEX doctors_of_specialty_by_rating ON doctors (specialty, score DESC, account_id DESC) WHERE listed;
--> statement-breakpoint
CREATE INDEX doctors_by_experience ON doctors (experience_years DESC, account_id DESC) WHERE listed;
--> statement-breakpoint
CREATE INDEX doctors_by_name ON doctors (lower(full_name), account_id) WHERE listed;
--> statement-breakpoint
CREATE INDEX doctors_by_newest ON doctors (created_at DESC, account_id DESC) WHERE listed;
--> statement-breakpoint

-- Care ---------------------------------------------------------------------------------------------------------------

CREATE TABLE care_requests (
  id uuid PRIMARY KEY,
  patient_id uuid NOT NULL REFERENCES accounts (id),
  -- While submitted: whom it was sent to (null: anyone of the specialty). Later: who took it.
  doctor_id uuid REFERENCES accounts (id),
  specialty text NOT NULL REFERENCES specialties (code),
  -- Whether any doctor of the specialty may take it (or might have): false only for one sent to a doctor and not handed back.
  open_to_specialty boolean NOT NULL,
  complaint text NOT NULL,
  urgency text NOT NULL CHECK (urgency IN ('routine', 'urgent', 'emergency')),
  -- For the order of the incoming box.
  urgency_rank smallint NOT NULL GENERATED ALWAYS AS (CASE urgency WHEN 'emergency' THEN 0 WHEN 'urgent' THEN 1 ELSE 2 END) STORED,
  status text NOT NULL DEFAULT 'submitted' CHECK (status IN ('submitted', 'accepted', 'diagnosed', 'closed', 'cancelled', 'declined')),
  -- Grows with each change of state: what follows a change elsewhere (the room) applies the newest and ignores the older.
  version integer NOT NULL DEFAULT 1,
  room_id uuid CHECK (room_id = id),
  submitted_at timestamptz(3) NOT NULL DEFAULT now(),
  accepted_at timestamptz(3),
  diagnosed_at timestamptz(3),
  closed_at timestamptz(3),
  CONSTRAINT care_requests_taken_has_doctor CHECK (status NOT IN ('accepted', 'diagnosed', 'closed') OR (doctor_id IS NOT NULL AND accepted_at IS NOT NULL)),
  CONSTRAINT care_requests_submitted_has_address CHECK (status <> 'submitted' OR open_to_specialty = (doctor_id IS NULL)),
  CONSTRAINT care_requests_submitted_is_not_accepted CHECK (status <> 'submitted' OR accepted_at IS NULL),
  CONSTRAINT care_requests_diagnosed_has_time CHECK ((status IN ('diagnosed', 'closed')) = (diagnosed_at IS NOT NULL)),
  CONSTRAINT care_requests_ended_has_time CHECK ((status IN ('closed', 'cancelled', 'declined')) = (closed_at IS NOT NULL))
);
--> statement-breakpoint
CREATE INDEX care_requests_of_patient ON care_requests (patient_id, submitted_at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX care_requests_of_doctor ON care_requests (doctor_id, submitted_at DESC, id DESC) WHERE doctor_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX care_requests_incoming_for_specialty ON care_requests (specialty, urgency_rank, submitted_at, id) WHERE status = 'submitted' AND doctor_id IS NULL;
--> statement-breakpoint
CREATE INDEX care_requests_incoming_for_doctor ON care_requests (doctor_id, urgency_rank, submitted_at, id) WHERE status = 'submitted' AND doctor_id IS NOT NULL;
--> statement-breakpoint
-- The last fence: the table of transitions in modules/care/states.ts, once more, where no code path leads around it.
CREATE FUNCTION care_requests_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (
    ('submitted', 'accepted'), ('accepted', 'diagnosed'), ('diagnosed', 'closed'),
    ('submitted', 'cancelled'), ('submitted', 'declined'), ('accepted', 'submitted')
  ) THEN
    RAISE EXCEPTION 'care request % cannot go from % to %', OLD.id, OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.patient_id <> OLD.patient_id OR NEW.complaint <> OLD.complaint THEN
    RAISE EXCEPTION 'care request %: patient and complaint never change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER care_requests_guard BEFORE UPDATE ON care_requests FOR EACH ROW EXECUTE FUNCTION care_requests_guard();
--> statement-breakpoint
-- Why somebody cancelled, declined or released, and who treated before: health text, so never in the audit.
CREATE TABLE care_request_events (
  id uuid PRIMARY KEY,
  request_id uuid NOT NULL REFERENCES care_requests (id),
  at timestamptz(3) NOT NULL DEFAULT now(),
  kind text NOT NULL CHECK (kind IN ('accepted', 'released', 'declined', 'cancelled', 'taken-back')),
  doctor_id uuid REFERENCES accounts (id),
  reason text
);
--> statement-breakpoint
CREATE INDEX care_request_events_of_request ON care_request_events (request_id, at);
--> statement-breakpoint
CREATE TABLE diagnoses (
  id uuid PRIMARY KEY,
  request_id uuid NOT NULL REFERENCES care_requests (id),
  doctor_id uuid NOT NULL REFERENCES accounts (id),
  title text NOT NULL,
  icd10 text,
  description text NOT NULL,
  recommendations text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX diagnoses_of_request ON diagnoses (request_id, created_at, id);
--> statement-breakpoint
CREATE INDEX diagnoses_of_doctor ON diagnoses (doctor_id);
--> statement-breakpoint
-- One rating a request: the primary key says it.
CREATE TABLE ratings (
  request_id uuid PRIMARY KEY REFERENCES care_requests (id),
  doctor_id uuid NOT NULL REFERENCES doctors (account_id),
  patient_id uuid NOT NULL REFERENCES accounts (id),
  stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
  comment text,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX ratings_of_doctor ON ratings (doctor_id, created_at DESC, request_id DESC);
--> statement-breakpoint
CREATE INDEX ratings_of_patient ON ratings (patient_id);
--> statement-breakpoint

-- Audit --------------------------------------------------------------------------------------------------------------

CREATE TABLE audit_log (
  id uuid PRIMARY KEY,
  at timestamptz(3) NOT NULL DEFAULT now(),
  -- Null: the system by itself.
  actor_id uuid,
  actor_role text,
  action text NOT NULL,
  subject_type text NOT NULL,
  subject_id text,
  -- Whose record it is about.
  owner_id uuid,
  ip text,
  request_id text,
  outcome text NOT NULL DEFAULT 'ok' CHECK (outcome IN ('ok', 'denied')),
  details jsonb NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
CREATE INDEX audit_log_newest ON audit_log (at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX audit_log_of_actor ON audit_log (actor_id, at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX audit_log_of_subject ON audit_log (subject_id, at DESC, id DESC);
--> statement-breakpoint
CREATE FUNCTION audit_log_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
--> statement-breakpoint
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_log_append_only();
--> statement-breakpoint

-- Platform -----------------------------------------------------------------------------------------------------------

CREATE TABLE idempotency_keys (
  account_id uuid NOT NULL REFERENCES accounts (id),
  key text NOT NULL,
  call bytea NOT NULL,
  status integer,
  sealed_body bytea,
  key_id text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, key)
);
--> statement-breakpoint
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
--> statement-breakpoint
CREATE TABLE dev_mails (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recipient text NOT NULL,
  subject text NOT NULL,
  text text NOT NULL,
  html text NOT NULL,
  links jsonb NOT NULL,
  sent_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE INDEX dev_mails_of_recipient ON dev_mails (recipient, id DESC);
