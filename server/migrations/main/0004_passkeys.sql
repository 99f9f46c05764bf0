-- What authenticators know an account by: random, so that it tells nothing of whose it is (WebAuthn Level 3, 14.6.1).
ALTER TABLE accounts
  ADD COLUMN passkey_handle bytea UNIQUE,
  ADD CONSTRAINT accounts_deleted_has_no_passkey_handle CHECK (deleted_at IS NULL OR passkey_handle IS NULL);
--> statement-breakpoint
CREATE TABLE passkeys (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  -- Chosen by the authenticator, and one over all accounts: whoever logs in is found by it.
  credential_id bytea NOT NULL UNIQUE CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
  -- COSE (RFC 9053).
  public_key bytea NOT NULL,
  -- Grows with each use where the authenticator counts; zero for ever where it does not.
  sign_count bigint NOT NULL CHECK (sign_count >= 0),
  backup_eligible boolean NOT NULL,
  backed_up boolean NOT NULL,
  transports text[] NOT NULL,
  name text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at timestamptz(3),
  CONSTRAINT passkeys_backed_up_is_eligible CHECK (backup_eligible OR NOT backed_up)
);
--> statement-breakpoint
CREATE INDEX passkeys_of_account ON passkeys (account_id, id);
--> statement-breakpoint
-- What an authenticator is asked to sign, by its SHA-256. Taken in one atomic statement, whatever comes of it.
CREATE TABLE passkey_challenges (
  hash bytea PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('login', 'register', 'reauthenticate')),
  -- Null at login, where nobody has said yet who they are.
  account_id uuid REFERENCES accounts (id),
  session_id uuid REFERENCES sessions (id) ON DELETE CASCADE,
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT passkey_challenges_login_is_anonymous CHECK (
    (purpose = 'login') = (account_id IS NULL) AND (account_id IS NULL) = (session_id IS NULL)
  )
);
--> statement-breakpoint
CREATE INDEX passkey_challenges_of_session ON passkey_challenges (session_id) WHERE session_id IS NOT NULL;
--> statement-breakpoint
CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at);
--> statement-breakpoint
-- Recovery codes belong to the account and not to its TOTP: who has only passkeys has them too.
ALTER TABLE recovery_codes
  DROP CONSTRAINT recovery_codes_account_id_fkey,
  ADD CONSTRAINT recovery_codes_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id),
  -- The pepper that they are fingerprinted with. Null: the current one, as a version without this column writes it.
  ADD COLUMN key_id text;
--> statement-breakpoint
UPDATE recovery_codes SET key_id = totp_factors.key_id
  FROM totp_factors WHERE totp_factors.account_id = recovery_codes.account_id;
