-- Every table but account_rooms and socket_tickets carries room_id in its keys, and every statement names it, so that the same
-- schema can be distributed by room over several machines (decision 0017). Nothing here refers to the main database: ids only.

CREATE TABLE rooms (
  room_id uuid PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('open', 'closed')),
  -- The seq of the newest message: taken under this row's lock, so that seqs are dense and visible in order.
  last_seq bigint NOT NULL DEFAULT 0,
  -- The version of the care request that this state was made from: an older one never overwrites a newer one.
  request_version integer NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE room_members (
  room_id uuid NOT NULL REFERENCES rooms (room_id),
  account_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('patient', 'doctor')),
  read_seq bigint NOT NULL DEFAULT 0,
  joined_at timestamptz(3) NOT NULL DEFAULT now(),
  -- The room's last_seq when they joined: from there on a socket that was open meanwhile shows them everything.
  joined_seq bigint NOT NULL DEFAULT 0,
  -- Who left sees nothing of the room any more.
  left_at timestamptz(3),
  PRIMARY KEY (room_id, account_id)
);
--> statement-breakpoint
-- The rooms of an account, by account: the one list that is not by room.
CREATE TABLE account_rooms (
  account_id uuid NOT NULL,
  room_id uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, room_id)
);
--> statement-breakpoint
-- Tickets for sockets that can send neither cookie nor header: hashed, taken once.
CREATE TABLE socket_tickets (
  ticket_hash bytea PRIMARY KEY,
  account_id uuid NOT NULL,
  session_id uuid NOT NULL,
  expires_at timestamptz(3) NOT NULL
);
--> statement-breakpoint
-- One machine: sixteen partitions of messages, so that vacuum and reindex have sixteenths to do. Several: whole tables that Citus
-- cuts into shards, those of a room on one machine.
DO $$
DECLARE
  distributed boolean := current_setting('openward.chat_distributed', true) IS NOT DISTINCT FROM 'citus';
BEGIN
  EXECUTE $table$
    CREATE TABLE messages (
      room_id uuid NOT NULL,
      seq bigint NOT NULL,
      id uuid NOT NULL,
      sender_id uuid NOT NULL,
      client_id text NOT NULL,
      text text,
      sent_at timestamptz(3) NOT NULL DEFAULT now(),
      retracted_at timestamptz(3),
      PRIMARY KEY (room_id, seq),
      CONSTRAINT messages_once UNIQUE (room_id, sender_id, client_id),
      CONSTRAINT messages_retracted_has_no_text CHECK ((text IS NULL) = (retracted_at IS NOT NULL))
    )
  $table$ || CASE WHEN distributed THEN '' ELSE 'PARTITION BY HASH (room_id)' END;
  IF NOT distributed THEN
    FOR part IN 0..15 LOOP
      EXECUTE format('CREATE TABLE messages_%s PARTITION OF messages FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
    END LOOP;
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_proc WHERE proname = 'create_distributed_table') THEN
    RAISE EXCEPTION 'CHAT_DISTRIBUTED=citus needs the extension: run CREATE EXTENSION citus in the chat database first.';
  END IF;
  PERFORM create_distributed_table('rooms', 'room_id');
  PERFORM create_distributed_table('room_members', 'room_id', colocate_with => 'rooms');
  PERFORM create_distributed_table('messages', 'room_id', colocate_with => 'rooms');
  PERFORM create_distributed_table('account_rooms', 'account_id', colocate_with => 'none');
  PERFORM create_distributed_table('socket_tickets', 'ticket_hash', colocate_with => 'none');
END $$;
