-- What looks like abuse, and what is done against it (docs/decisions/0023-abuse-rules.md). One open case for each rule and subject.
CREATE TABLE abuse_cases (
  id uuid PRIMARY KEY,
  rule text NOT NULL,
  subject_type text NOT NULL CHECK (subject_type IN ('account', 'address', 'mail-domain')),
  -- An account's id, an address (IPv6 by /64), a mail domain. Null: removed, 30 days after the end.
  subject text,
  -- Of a case that has ended, the last.
  step text NOT NULL CHECK (step IN ('slow', 'proof', 'block', 'attention')),
  until timestamptz(3) NOT NULL,
  score integer NOT NULL,
  evidence jsonb NOT NULL,
  opened_at timestamptz(3) NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  lifted_by uuid REFERENCES accounts (id),
  lift_reason text,
  -- Lifted: until then the rule leaves the subject alone.
  trusted_until timestamptz(3),
  -- When admins were told that it awaits them.
  mailed_at timestamptz(3),
  CONSTRAINT abuse_cases_open_has_subject CHECK (ended_at IS NOT NULL OR subject IS NOT NULL),
  CONSTRAINT abuse_cases_lifted_has_reason CHECK (
    (lifted_by IS NULL) = (lift_reason IS NULL) AND (lifted_by IS NULL) = (trusted_until IS NULL)
    AND (lifted_by IS NULL OR ended_at IS NOT NULL))
);
--> statement-breakpoint
CREATE UNIQUE INDEX abuse_cases_one_open ON abuse_cases (rule, subject_type, subject) WHERE ended_at IS NULL;
--> statement-breakpoint
CREATE INDEX abuse_cases_newest ON abuse_cases (opened_at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX abuse_cases_trusted ON abuse_cases (trusted_until) WHERE trusted_until IS NOT NULL;
--> statement-breakpoint
CREATE INDEX abuse_cases_of_subject ON abuse_cases (subject) WHERE subject IS NOT NULL;
--> statement-breakpoint
CREATE INDEX abuse_cases_mailed ON abuse_cases (mailed_at) WHERE mailed_at IS NOT NULL;
--> statement-breakpoint
-- Proofs of work that were taken, by the nonce of their challenge, until that would have run out: none is good twice, on any node.
CREATE TABLE abuse_used_proofs (
  nonce text PRIMARY KEY,
  expires_at timestamptz(3) NOT NULL
);
--> statement-breakpoint
CREATE INDEX abuse_used_proofs_expiry ON abuse_used_proofs (expires_at);
