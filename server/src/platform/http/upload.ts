import type { Readable } from 'node:stream';
import type { Contract } from '@openward/contracts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { invalidField, Problem } from '../problem.ts';
import type { Upload } from './route.ts';

/** A route whose body is a file: handed over as a stream, so that its size is no memory. No other route takes such a body. */
export function mountUpload(
  app: FastifyInstance,
  types: readonly string[],
  mount: (scope: FastifyInstance) => unknown,
): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([...types], (_request, content, done) => done(null, content));
    scope.addContentTypeParser('*', (_request, _content, done) => done(refuseType(types)));
    mount(scope);
    done();
  });
}

export function refuseType(types: readonly string[]): Problem {
  return new Problem('unsupported-media-type', { detail: `Send a file of one of these types: ${types.join(', ')}.` });
}

/** @throws Problem 400 without a body or its length, 413 for one that is too large. */
export function readUpload(request: FastifyRequest, reply: FastifyReply, { upload }: Contract): Upload {
  const { body, headers } = request;
  const sizeBytes = Number(headers['content-length']);
  if (body === undefined || body === null || !Number.isInteger(sizeBytes) || sizeBytes === 0) {
    throw invalidField('body', 'required', 'Send the file itself as the body, with Content-Length and Content-Type.');
  }
  const maxBytes = upload?.maxBytes ?? 0;
  if (sizeBytes > maxBytes) {
    // What is still to come of it is not waited for.
    reply.header('connection', 'close');
    throw new Problem('payload-too-large', { detail: `A file takes at most ${maxBytes / 1_000_000} MB.` });
  }
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return { type: type.trim().toLowerCase(), sizeBytes, content: body as Readable };
}
