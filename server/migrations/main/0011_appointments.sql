-- Weekly hours of doctors, exceptions to them, and appointments (docs/decisions/0042-appointments.md).

-- Trusted since PostgreSQL 13: the owner of the database may make it. It lets an exclusion compare ids beside ranges.
CREATE EXTENSION IF NOT EXISTS btree_gist;
--> statement-breakpoint
-- How a doctor takes appointments. Whoever books, moves or changes hours locks this row: one after another for one doctor.
CREATE TABLE schedules (
  doctor_id uuid PRIMARY KEY REFERENCES accounts (id),
  -- An IANA name. Hours are wall times in it.
  time_zone text NOT NULL,
  slot_minutes smallint NOT NULL CHECK (slot_minutes BETWEEN 10 AND 120),
  break_minutes smallint NOT NULL CHECK (break_minutes BETWEEN 0 AND 120),
  -- How long before its start a slot can be booked at the latest, and how many days ahead at the earliest.
  notice_minutes integer NOT NULL CHECK (notice_minutes BETWEEN 0 AND 20160),
  ahead_days smallint NOT NULL CHECK (ahead_days BETWEEN 1 AND 365)
);
--> statement-breakpoint
CREATE TABLE schedule_hours (
  doctor_id uuid NOT NULL REFERENCES schedules (doctor_id),
  -- ISO 8601: Monday is 1.
  weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  -- Minutes since midnight on the wall clock.
  from_minute smallint NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  to_minute smallint NOT NULL CHECK (to_minute BETWEEN 1 AND 1440),
  CONSTRAINT schedule_hours_in_order CHECK (from_minute < to_minute),
  CONSTRAINT schedule_hours_apart EXCLUDE USING gist (
    doctor_id WITH =, weekday WITH =, int4range(from_minute, to_minute) WITH &&)
);
--> statement-breakpoint
-- Days, or hours of days, that are off, and hours that are extra.
CREATE TABLE schedule_exceptions (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES accounts (id),
  kind text NOT NULL CHECK (kind IN ('off', 'extra')),
  from_day date NOT NULL,
  to_day date NOT NULL,
  from_minute smallint NOT NULL CHECK (from_minute BETWEEN 0 AND 1439),
  to_minute smallint NOT NULL CHECK (to_minute BETWEEN 1 AND 1440),
  CONSTRAINT schedule_exceptions_in_order CHECK (from_day <= to_day AND from_minute < to_minute)
);
--> statement-breakpoint
CREATE INDEX schedule_exceptions_of_doctor ON schedule_exceptions (doctor_id, to_day);
--> statement-breakpoint
CREATE TABLE appointments (
  id uuid PRIMARY KEY,
  request_id uuid NOT NULL UNIQUE REFERENCES care_requests (id),
  patient_id uuid NOT NULL REFERENCES accounts (id),
  doctor_id uuid NOT NULL REFERENCES accounts (id),
  starts_at timestamptz(3) NOT NULL,
  ends_at timestamptz(3) NOT NULL,
  status text NOT NULL DEFAULT 'booked' CHECK (status IN ('booked', 'cancelled', 'no-show')),
  -- SEQUENCE of RFC 5545: grows with each move and with the cancellation.
  sequence integer NOT NULL DEFAULT 0,
  moves smallint NOT NULL DEFAULT 0,
  -- In which the patient booked, for mails.
  patient_time_zone text NOT NULL,
  -- Why it was moved or cancelled last: health text, perhaps.
  reason text,
  changed_by text CHECK (changed_by IN ('patient', 'doctor', 'system')),
  -- When the next reminder is due. Null: no more of them.
  next_reminder_at timestamptz(3),
  -- Since when its request is with the doctor and its room open.
  opened_at timestamptz(3),
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  ended_at timestamptz(3),
  CONSTRAINT appointments_in_order CHECK (starts_at < ends_at),
  CONSTRAINT appointments_ended_has_time CHECK ((status = 'booked') = (ended_at IS NULL)),
  -- Nobody is at two places at once.
  CONSTRAINT appointments_of_doctor_apart EXCLUDE USING gist (
    doctor_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status = 'booked'),
  CONSTRAINT appointments_of_patient_apart EXCLUDE USING gist (
    patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (status = 'booked')
);
--> statement-breakpoint
CREATE INDEX appointments_of_doctor ON appointments (doctor_id, starts_at, id);
--> statement-breakpoint
CREATE INDEX appointments_of_patient ON appointments (patient_id, starts_at, id);
--> statement-breakpoint
CREATE INDEX appointments_to_remind ON appointments (next_reminder_at) WHERE status = 'booked' AND next_reminder_at IS NOT NULL;
--> statement-breakpoint
CREATE INDEX appointments_to_open ON appointments (starts_at) WHERE status = 'booked' AND opened_at IS NULL;
--> statement-breakpoint
-- A request with an appointment: when that begins, and until when the request is kept for its doctor. Until then nobody else
-- takes it, and no clock takes it back.
ALTER TABLE care_requests ADD COLUMN appointment_at timestamptz(3), ADD COLUMN reserved_until timestamptz(3);
