-- Edits, replies, attachments. All but the presence tables carry room_id in their keys, as those of 0001 do.

-- Counts the edits and retractions of a room, under this row's lock: dense, and visible in order, as last_seq is.
ALTER TABLE rooms ADD COLUMN change_seq bigint NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE messages
  -- The seq of the message that it answers.
  ADD COLUMN reply_to bigint,
  ADD COLUMN edited_at timestamptz(3),
  -- The change of the room that changed this message last: what a client asks for that has the message already.
  ADD COLUMN change_seq bigint,
  -- [{id, name, type, sizeBytes, width?, height?}], so that a page of messages is one read. Goes with the text.
  ADD COLUMN attachments jsonb;
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
--> statement-breakpoint
-- What was uploaded to a room. The bytes are in the store of attachments under room_id/id, as long as this row is here.
CREATE TABLE attachments (
  room_id uuid NOT NULL,
  id uuid NOT NULL,
  uploader_id uuid NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  size_bytes bigint NOT NULL,
  width integer,
  height integer,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  -- From here on the bytes are in the store, whole.
  stored_at timestamptz(3),
  -- The message of the uploader that it was taken for. It was sent once that message is there and names it.
  client_id text,
  -- Set by the clean-up, which looks at the others only.
  message_seq bigint,
  -- The bytes are to go; the row goes after them.
  removed_at timestamptz(3),
  PRIMARY KEY (room_id, id)
);
--> statement-breakpoint
CREATE INDEX attachments_by_uploader ON attachments (room_id, uploader_id, created_at);
--> statement-breakpoint
CREATE INDEX attachments_unsettled ON attachments (created_at) WHERE message_seq IS NULL;
--> statement-breakpoint
CREATE INDEX attachments_to_erase ON attachments (removed_at) WHERE removed_at IS NOT NULL;
--> statement-breakpoint
-- Who is online: an account is, as long as a node that beats has a socket of it. By account and node, as account_rooms is by account:
-- small, and nothing that lasts.
CREATE TABLE chat_nodes (
  node_id uuid PRIMARY KEY,
  beat_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE presence (
  account_id uuid NOT NULL,
  node_id uuid NOT NULL,
  PRIMARY KEY (account_id, node_id)
);
--> statement-breakpoint
CREATE INDEX presence_by_node ON presence (node_id);
--> statement-breakpoint
-- When an account went offline last.
CREATE TABLE last_seen (
  account_id uuid PRIMARY KEY,
  seen_at timestamptz(3) NOT NULL
);
--> statement-breakpoint
-- Where 0001 distributed the tables by room, those of rooms go with them. Presence and last_seen are small and by account: they stay
-- whole, on the coordinator.
DO $$
BEGIN
  IF current_setting('openward.chat_distributed', true) IS NOT DISTINCT FROM 'citus' THEN
    PERFORM create_distributed_table('message_versions', 'room_id', colocate_with => 'rooms');
    PERFORM create_distributed_table('attachments', 'room_id', colocate_with => 'rooms');
  END IF;
END $$;
