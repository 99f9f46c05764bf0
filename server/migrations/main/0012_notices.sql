-- What people are told of (docs/decisions/0043-notices.md): ids and kinds, no text.
CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  kind text NOT NULL,
  request_id uuid,
  room_id uuid,
  user_id uuid,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  read_at timestamptz(3),
  -- Of a kind that is mailed together: from when on. Null: it was mailed at once, or is not mailed.
  mail_due_at timestamptz(3),
  -- When it became part of a mail.
  mailed_at timestamptz(3)
);
--> statement-breakpoint
CREATE INDEX notifications_of_account ON notifications (account_id, created_at DESC, id DESC);
--> statement-breakpoint
CREATE INDEX notifications_unread ON notifications (account_id) WHERE read_at IS NULL;
--> statement-breakpoint
CREATE INDEX notifications_to_be_mailed ON notifications (account_id, kind) WHERE mail_due_at IS NOT NULL AND mailed_at IS NULL;
--> statement-breakpoint
CREATE INDEX notifications_age ON notifications (created_at);
--> statement-breakpoint
-- Where somebody has chosen otherwise than the default.
CREATE TABLE notification_preferences (
  account_id uuid NOT NULL REFERENCES accounts (id),
  kind text NOT NULL,
  mail boolean NOT NULL,
  push boolean NOT NULL,
  PRIMARY KEY (account_id, kind)
);
--> statement-breakpoint
-- Browsers that get pushes. They end with the session in which they were made.
CREATE TABLE push_subscriptions (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  endpoint text NOT NULL UNIQUE CHECK (endpoint LIKE 'https://%'),
  p256dh text NOT NULL,
  auth text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  last_used_at timestamptz(3)
);
--> statement-breakpoint
CREATE INDEX push_subscriptions_of_account ON push_subscriptions (account_id, created_at);
--> statement-breakpoint
CREATE INDEX push_subscriptions_of_session ON push_subscriptions (session_id);
--> statement-breakpoint
-- Which notice was pushed where: whoever has the row sends, until claimed_until.
CREATE TABLE notification_pushes (
  notification_id uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  subscription_id uuid NOT NULL REFERENCES push_subscriptions (id) ON DELETE CASCADE,
  claimed_until timestamptz(3) NOT NULL,
  sent_at timestamptz(3),
  PRIMARY KEY (notification_id, subscription_id)
);
--> statement-breakpoint
CREATE INDEX notification_pushes_of_subscription ON notification_pushes (subscription_id);
--> statement-breakpoint
-- A request goes from one doctor to another with the patient's consent (docs/decisions/0044-handover.md).
CREATE TABLE care_transfers (
  id uuid PRIMARY KEY,
  request_id uuid NOT NULL REFERENCES care_requests (id),
  from_doctor_id uuid NOT NULL REFERENCES accounts (id),
  to_doctor_id uuid NOT NULL REFERENCES accounts (id),
  -- From doctor to doctor: health text.
  note text,
  status text NOT NULL DEFAULT 'offered' CHECK (status IN ('offered', 'consented', 'done', 'refused', 'declined', 'withdrawn', 'ended')),
  offered_at timestamptz(3) NOT NULL DEFAULT now(),
  consented_at timestamptz(3),
  ended_at timestamptz(3),
  CONSTRAINT care_transfers_to_another CHECK (from_doctor_id <> to_doctor_id),
  CONSTRAINT care_transfers_done_was_consented CHECK (status NOT IN ('consented', 'done', 'declined') OR consented_at IS NOT NULL),
  CONSTRAINT care_transfers_ended_has_time CHECK ((status IN ('offered', 'consented')) = (ended_at IS NULL))
);
--> statement-breakpoint
CREATE UNIQUE INDEX care_transfers_one_open ON care_transfers (request_id) WHERE status IN ('offered', 'consented');
--> statement-breakpoint
CREATE INDEX care_transfers_of_request ON care_transfers (request_id, offered_at);
--> statement-breakpoint
CREATE INDEX care_transfers_to_doctor ON care_transfers (to_doctor_id, consented_at DESC, id DESC) WHERE status = 'consented';
--> statement-breakpoint
CREATE INDEX care_transfers_open_of_receiver ON care_transfers (to_doctor_id) WHERE status IN ('offered', 'consented');
--> statement-breakpoint
CREATE INDEX care_transfers_open_of_sender ON care_transfers (from_doctor_id) WHERE status IN ('offered', 'consented');
--> statement-breakpoint
-- What somebody says against a ban, once, and what an admin answers, once.
CREATE TABLE ban_appeals (
  ban_id uuid PRIMARY KEY REFERENCES bans (id),
  text text NOT NULL,
  made_at timestamptz(3) NOT NULL DEFAULT now(),
  decision text CHECK (decision IN ('lift', 'keep')),
  answer text,
  answered_by uuid REFERENCES accounts (id),
  answered_at timestamptz(3),
  CONSTRAINT ban_appeals_answer_is_whole CHECK (
    (decision IS NULL) = (answered_at IS NULL) AND (decision IS NULL) = (answered_by IS NULL))
);
--> statement-breakpoint
-- Numbers of a span of time.
CREATE INDEX IF NOT EXISTS care_requests_submitted ON care_requests (submitted_at);
