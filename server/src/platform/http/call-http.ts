import type { Readable } from 'node:stream';
import type { Contract } from '@openward/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Http, Upload } from './route.ts';
import { readUpload } from './upload.ts';

/** What a use case sees of HTTP, of one call. */
export class CallHttp implements Http {
  readonly #request: FastifyRequest;
  readonly #reply: FastifyReply;
  readonly #contract: Contract;
  /** What is to be answered instead of a body. */
  streamed: Readable | null = null;

  constructor(request: FastifyRequest, reply: FastifyReply, contract: Contract) {
    this.#request = request;
    this.#reply = reply;
    this.#contract = contract;
  }

  get headers(): Http['headers'] {
    return this.#request.headers;
  }

  cookie(name: string): string | undefined {
    return this.#request.cookies[name];
  }

  setCookie(name: string, value: string, { path, maxAgeS }: { path: string; maxAgeS: number }): void {
    this.#reply.setCookie(name, value, { path, maxAge: maxAgeS, httpOnly: true, secure: true, sameSite: 'strict' });
  }

  status(code: number): void {
    this.#reply.code(code);
  }

  header(name: string, value: string): void {
    this.#reply.header(name, value);
  }

  upload(): Upload {
    return readUpload(this.#request, this.#reply, this.#contract);
  }

  stream(content: Readable): void {
    this.streamed = content;
  }
}
