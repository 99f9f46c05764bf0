-- Edits, replies. Every statement names room_id, as those of 0001 do.

-- Counts the edits and retractions of a room, under this row's lock: dense, and visible in order, as last_seq is.
ALTER TABLE rooms ADD COLUMN change_seq bigint NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE messages
  -- The seq of the message that it answers.
  ADD COLUMN reply_to bigint,
  ADD COLUMN edited_at timestamptz(3),
  -- The change of the room that changed this message last: what a client asks for that has the message already.
  ADD COLUMN change_seq bigint;
--> statement-breakpoint
CREATE INDEX messages_changes ON messages (room_id, change_seq) WHERE change_seq IS NOT NULL;
--> statement-breakpoint
-- What a message said before it was edited. Goes when the message is retracted.
CREATE TABLE message_versions (
  room_id uuid NOT NULL,
  seq bigint NOT NULL,
  version integer NOT NULL,
  text text NOT NULL,
  written_at timestamptz(3) NOT NULL,
  PRIMARY KEY (room_id, seq, version)
);
