-- Who left a room keeps the row, so that an export finds by account what they wrote there.
ALTER TABLE account_rooms ADD COLUMN left_at timestamptz(3);
--> statement-breakpoint
INSERT INTO account_rooms (account_id, room_id, created_at, left_at)
SELECT account_id, room_id, joined_at, left_at FROM room_members WHERE left_at IS NOT NULL
ON CONFLICT DO NOTHING;
