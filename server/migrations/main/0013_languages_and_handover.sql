-- The language of mails to an account (contracts/src/languages.ts). No CHECK: a version with one more runs beside this one.
ALTER TABLE accounts ADD COLUMN language text NOT NULL DEFAULT 'en';
--> statement-breakpoint
-- Cancelled because its request went to another doctor (docs/decisions/0044-handover.md): to whom.
ALTER TABLE appointments ADD COLUMN handed_to uuid REFERENCES accounts (id);
--> statement-breakpoint
-- The list of appeals, in both directions.
CREATE INDEX IF NOT EXISTS ban_appeals_made ON ban_appeals (made_at, ban_id);
