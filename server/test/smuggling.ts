/**
 * Requests that two parsers may cut differently, after the literature (RFC 9112, 11.2; James Kettle, "HTTP Desync Attacks", 2019 and
 * 2021). `hidden` stands where a naive parser would find a second request: whoever answers or hands on that was fooled.
 */
export type Attack = { name: string; bytes: string };

const host = 'Host: localhost\r\n';

/** @param hidden the path that must never be asked for. */
export function smugglingCorpus(hidden: string): Attack[] {
  const smuggled = `GET ${hidden} HTTP/1.1\r\n${host}X-Ignore: `;
  const post = (headers: string, body: string) => `POST /api/v1/requests HTTP/1.1\r\n${host}${headers}\r\n${body}`;
  const chunked = `0\r\n\r\n${smuggled}`;
  const inChunk = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
  const withTransferEncoding = (line: string) => post(`Content-Length: ${chunked.length}\r\n${line}\r\n`, chunked);
  return [
    { name: 'CL.TE', bytes: post(`Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n`, chunked) },
    { name: 'TE.CL', bytes: post(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, inChunk) },
    ...[
      'Transfer-Encoding: xchunked',
      'Transfer-Encoding : chunked',
      'Transfer-Encoding:\tchunked',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
      'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
      'Transfer-Encoding: chunked, identity',
      'Transfer-Encoding:\r\n chunked',
      ' Transfer-Encoding: chunked',
      'X: x\nTransfer-Encoding: chunked',
      'Transfer-Encoding: "chunked"',
      'Transfer-Encoding: chunked\x0b',
      'Transfer_Encoding: chunked',
      'Transfer-Encoding\x00: chunked',
    ].map((line) => ({ name: `TE.TE ${JSON.stringify(line)}`, bytes: withTransferEncoding(line) })),
    {
      name: 'two Content-Length',
      bytes: post(`Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled),
    },
    { name: 'a list of Content-Length', bytes: post(`Content-Length: 0, ${smuggled.length}\r\n`, smuggled) },
    ...['+0', '-0', '0x0', '0 0', '00000000000000000000000', '18446744073709551616', '1e1', ''].map((value) => ({
      name: `Content-Length ${JSON.stringify(value)}`,
      bytes: post(`Content-Length: ${value}\r\n`, value === '00000000000000000000000' ? '' : smuggled),
    })),
    {
      name: 'a folded Content-Length',
      bytes: post(`Content-Length:\r\n ${smuggled.length}\r\nContent-Length: 0\r\n`, smuggled),
    },
    {
      name: 'a folded header',
      bytes: post(`X-Note: one\r\n Content-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled),
    },
    ...['-1', '0x0', 'g', '', ' 0', 'ffffffffffffffff1', '1;\nx'].map((size) => ({
      name: `a chunk of size ${JSON.stringify(size)}`,
      bytes: post('Transfer-Encoding: chunked\r\n', `${size}\r\n\r\n${smuggled}`),
    })),
    {
      name: 'a chunk longer than it says',
      bytes: post('Transfer-Encoding: chunked\r\n', `1\r\nxyz\r\n0\r\n\r\n${smuggled}`),
    },
    { name: 'a chunk ended by LF alone', bytes: post('Transfer-Encoding: chunked\r\n', `1\nx\n0\n\n${smuggled}`) },
    {
      name: 'chunked in HTTP/1.0',
      bytes: `POST /api/v1/requests HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: ${chunked.length}\r\n\r\n${chunked}`,
    },
    {
      name: 'a CR within a value',
      bytes: post(`X-Note: a\rContent-Length: 0\r\nContent-Length: ${smuggled.length}\r\n`, smuggled),
    },
    {
      name: 'a space before the colon',
      bytes: post(`Content-Length : ${smuggled.length}\r\nContent-Length: 0\r\n`, smuggled),
    },
    {
      name: 'a body where nobody looks for one',
      bytes: `GET /api/v1/specialties HTTP/1.1\r\n${host}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    },
    {
      name: 'a line that is split in the path',
      bytes: `GET /api/v1/specialties HTTP/1.1\r\n${host}\r\n`.replace(' HTTP', `\rGET ${hidden} HTTP`),
    },
  ];
}

/** A request of HTTP/2 by its frames, with headers that no client would send: what a proxy makes of them in HTTP/1. */
export function http2Request(headers: readonly (readonly [string, string])[], body = ''): Buffer {
  const block = Buffer.concat(
    headers.map(([name, value]) => Buffer.concat([Buffer.from([0]), hpackText(name), hpackText(value)])),
  );
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(4, 0, 0, Buffer.alloc(0)),
    frame(1, body === '' ? 5 : 4, 1, block),
    ...(body === '' ? [] : [frame(0, 1, 1, Buffer.from(body, 'latin1'))]),
  ]);
}

/** As a literal without Huffman (RFC 7541, 5.2). */
function hpackText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const rest = bytes.length - 127;
  return Buffer.concat([Buffer.from([127, 128 + (rest % 128), rest >> 7]), bytes]);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
