import { createClient, type OpenwardError } from '@openward/client';

type EndListener = (error: OpenwardError) => void;

let onEnd: EndListener = () => undefined;

/** What happens when the server ends the session: the session's own module says. */
export function onSessionEnd(listener: EndListener): void {
  onEnd = listener;
}

/** The one client of this page. It logs in by cookie: no script, ours included, can read what a session is made of. */
export const api = createClient({ auth: 'cookies', onSessionEnd: (error) => onEnd(error) });
