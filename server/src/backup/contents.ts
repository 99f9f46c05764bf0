import type { Table } from '../platform/database/copy-tables.ts';
import { migrationsSchema } from '../platform/database/migrations.ts';

/** Everything that Openward has in a database. */
export const ownSchemas = ['public', migrationsSchema, 'jobs'];

/**
 * Not taken along, since it is about the servers and nodes of that moment: logs by transaction number, which begins anew elsewhere; signs
 * of life; tickets that live for seconds.
 */
const ofTheMoment = new Set(['cache_changes', 'session_changes', 'chat_nodes', 'presence', 'socket_tickets']);

/** Jobs that wait, or had begun: those are run again. Queues and schedules are made by whoever starts. */
const unfinished = "state < 'completed'";

/** Whether a table goes into a backup, and which of its rows. What was migrated is in the manifest. */
export function contentsOf({ schema, name }: Table): { where?: string } | null {
  if (schema === 'jobs') return name === 'job' ? { where: unfinished } : null;
  return schema === migrationsSchema || ofTheMoment.has(name) ? null : {};
}
