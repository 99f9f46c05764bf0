-- Since when logging in takes a second factor; null: it does not. What the factor is stands in totp_factors, pending before.
ALTER TABLE accounts
  ADD COLUMN mfa_enabled_at timestamptz(3),
  ADD CONSTRAINT accounts_deleted_has_no_factor CHECK (deleted_at IS NULL OR mfa_enabled_at IS NULL);
--> statement-breakpoint
CREATE TABLE totp_factors (
  account_id uuid PRIMARY KEY REFERENCES accounts (id),
  sealed_secret bytea NOT NULL,
  key_id text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- The newest time step whose code was used: it and the older ones are good no more (RFC 6238, section 5.2).
  last_used_step bigint
);
--> statement-breakpoint
-- HMACs of the codes, under a key that is outside the database.
CREATE TABLE recovery_codes (
  account_id uuid NOT NULL REFERENCES totp_factors (account_id) ON DELETE CASCADE,
  hash bytea NOT NULL,
  used_at timestamptz(3),
  PRIMARY KEY (account_id, hash)
);
--> statement-breakpoint
-- When somebody last showed, in this session, who they are. Sessions from before did so when they began.
ALTER TABLE sessions ADD COLUMN authenticated_at timestamptz(3) NOT NULL DEFAULT now();
--> statement-breakpoint
UPDATE sessions SET authenticated_at = created_at;
