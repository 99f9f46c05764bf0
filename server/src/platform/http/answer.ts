import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  ServerResponse,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';

/** Writes the head of an answer as text, behind its first line. Node has no public way to add lines that are text already. */
const storeHead: (this: ServerResponse, firstLine: string, headers: object | null) => void = Reflect.get(
  ServerResponse.prototype,
  '_storeHeader',
);
if (typeof storeHead !== 'function') throw new Error('This Node writes the head of an answer in another way.');

/** What answers say alike: looked at and written out once. Node does both for each header of each answer anew, a quarter of a trivial call. */
export class UsualHeaders {
  readonly headers: OutgoingHttpHeaders;
  readonly #lines = new Map<string, string>();
  readonly #text: string;

  constructor(headers: OutgoingHttpHeaders) {
    this.headers = headers;
    for (const [name, value] of Object.entries(headers)) {
      const text = String(value);
      validateHeaderName(name);
      validateHeaderValue(name, text);
      this.#lines.set(name.toLowerCase(), `${name}: ${text}\r\n`);
    }
    this.#text = [...this.#lines.values()].join('');
  }

  /** The lines of those that an answer does not say in its own way; `own` by names in small letters. */
  linesBeside(own: object): string {
    for (const name in own) if (this.#lines.has(name)) return this.#without(own);
    return this.#text;
  }

  #without(own: object): string {
    return [...this.#lines].map(([name, line]) => (name in own ? '' : line)).join('');
  }
}

/** An answer that says what is usual, too, if it is told to. */
export class Answer<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  usual: UsualHeaders | null = null;

  _storeHeader(firstLine: string, headers: object | null = null): void {
    const lines = this.usual === null ? '' : this.usual.linesBeside(headers ?? {});
    storeHead.call(this, firstLine + lines, headers);
  }
}
