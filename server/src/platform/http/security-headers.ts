import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

export const hstsS = 31_536_000;

/**
 * What helmet says of every answer, asked once: the same for all, and making them anew took a quarter of the time of a trivial call.
 * A page or a file puts a policy of its own over the one here.
 */
export function securityHeaders({ isSecure }: { isSecure: boolean }): OutgoingHttpHeaders {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const say = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    frameguard: { action: 'deny' },
    hsts: isSecure ? { maxAge: hstsS, includeSubDomains: true } : false,
  });
  say(response.req, response, () => {});
  return response.getHeaders();
}
