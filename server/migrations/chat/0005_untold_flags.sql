-- Red flags that were found in messages while the main database was away (docs/decisions/0039-red-flags.md): names of rules, until they are told. In most
-- installations at most moments there are none.
CREATE TABLE untold_flags (
  room_id uuid NOT NULL,
  rule text NOT NULL,
  version integer NOT NULL,
  found_at timestamptz(3) NOT NULL DEFAULT now(),
  PRIMARY KEY (room_id, rule)
);
--> statement-breakpoint
DO $$
BEGIN
  IF current_setting('openward.chat_distributed', true) IS NOT DISTINCT FROM 'citus' THEN
    PERFORM create_distributed_table('untold_flags', 'room_id', colocate_with => 'rooms');
  END IF;
END $$;
