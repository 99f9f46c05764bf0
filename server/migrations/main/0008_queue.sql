-- Waiting for a doctor: leases of accepted requests, why one waits again, how far it was told of, and red flags
-- (docs/decisions/0038-the-queue-and-the-lease.md, 0039-red-flags.md).
ALTER TABLE care_requests
  -- Until when the doctor who took it has to say the first word. Null: said already, or from before there were leases.
  ADD COLUMN accepted_until timestamptz(3),
  -- When it last went back to the queue, and why.
  ADD COLUMN returned_at timestamptz(3),
  ADD COLUMN returned_because text,
  -- Since it waits: 1 doctors were alerted, 2 admins were.
  ADD COLUMN escalation smallint NOT NULL DEFAULT 0,
  ADD CONSTRAINT care_requests_returned_has_reason CHECK ((returned_at IS NULL) = (returned_because IS NULL)),
  ADD CONSTRAINT care_requests_returned_because CHECK (returned_because IN ('released', 'taken-back', 'lease-ended')),
  ADD CONSTRAINT care_requests_escalation CHECK (escalation BETWEEN 0 AND 2);
--> statement-breakpoint
-- A lease is of an accepted request, whoever ends that: the version before this one knows of none.
CREATE FUNCTION care_requests_drop_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.accepted_until := NULL;
  RETURN NEW;
END $$;
--> statement-breakpoint
CREATE TRIGGER care_requests_lease BEFORE UPDATE ON care_requests FOR EACH ROW
  WHEN (NEW.status <> 'accepted' AND NEW.accepted_until IS NOT NULL) EXECUTE FUNCTION care_requests_drop_lease();
--> statement-breakpoint
CREATE INDEX care_requests_leases ON care_requests (accepted_until) WHERE accepted_until IS NOT NULL;
--> statement-breakpoint
-- What is to be told of next.
CREATE INDEX care_requests_unanswered ON care_requests (urgency_rank, coalesce(returned_at, submitted_at))
  WHERE status = 'submitted' AND escalation < 2;
--> statement-breakpoint
-- How long people waited lately: what an estimate is made of.
CREATE INDEX care_requests_recent_waits ON care_requests (specialty, urgency, open_to_specialty, accepted_at DESC)
  WHERE accepted_at IS NOT NULL AND returned_at IS NULL;
--> statement-breakpoint
CREATE INDEX doctors_available ON doctors (specialty, account_id) WHERE listed AND accepting_requests;
--> statement-breakpoint
ALTER TABLE care_request_events
  DROP CONSTRAINT care_request_events_kind_check,
  ADD CONSTRAINT care_request_events_kind_check
    CHECK (kind IN ('accepted', 'released', 'declined', 'cancelled', 'taken-back', 'lease-ended'));
--> statement-breakpoint
-- Health data: which rule found what in the words of a patient, once for each request.
CREATE TABLE care_red_flags (
  request_id uuid NOT NULL REFERENCES care_requests (id),
  rule text NOT NULL,
  version smallint NOT NULL,
  source text NOT NULL CHECK (source IN ('complaint', 'message')),
  at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (request_id, rule)
);
