import type { FastifyReply } from 'fastify';

/**
 * Sends through the reply schema. What is frozen is a copy that many read: that is written out once, and its bytes are sent as often as
 * the copy answers. Text would be encoded anew for each call.
 */
export function sender(): (reply: FastifyReply, body: unknown) => FastifyReply {
  const written = new WeakMap<object, Buffer>();
  return (reply, body) => {
    if (typeof body !== 'object' || body === null) return reply.send(body);
    let bytes = written.get(body);
    if (bytes === undefined) {
      if (!Object.isFrozen(body)) return reply.send(body);
      bytes = Buffer.from(String(reply.serialize(body)));
      written.set(body, bytes);
    }
    return reply.type('application/json; charset=utf-8').send(bytes);
  };
}
