import type { FastifyReply } from 'fastify';

/**
 * Sends through the reply schema. What is frozen is a copy that many read: that is written out once, and the text is sent as often as
 * the copy answers.
 */
export function sender(): (reply: FastifyReply, body: unknown) => FastifyReply {
  const texts = new WeakMap<object, string>();
  return (reply, body) => {
    if (typeof body !== 'object' || body === null || !Object.isFrozen(body)) return reply.send(body);
    let text = texts.get(body);
    if (text === undefined) {
      text = String(reply.serialize(body));
      texts.set(body, text);
    }
    return reply.type('application/json; charset=utf-8').send(text);
  };
}
