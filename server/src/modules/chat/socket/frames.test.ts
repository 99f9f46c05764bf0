import { describe, expect, it } from 'vitest';
import { clientIdOf, encodeFrame, parseFrame, typeOf } from './frames.ts';

const roomId = '01936f2a-7c1e-7d3a-9b64-5f0e8a2c4d11';

function parse(value: unknown) {
  return parseFrame(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), false);
}

describe('a frame', () => {
  it('is one of the union, with ids in lower case', () => {
    expect(parse({ type: 'typing', roomId: roomId.toUpperCase() })).toEqual({
      ok: true,
      frame: { type: 'typing', roomId },
    });
    expect(parse({ type: 'resume', rooms: [{ roomId: roomId.toUpperCase(), afterSeq: 0 }] })).toEqual({
      ok: true,
      frame: { type: 'resume', rooms: [{ roomId, afterSeq: 0 }] },
    });
    expect(parse({ type: 'send', clientId: 'A', roomId, text: 'Hello.' })).toMatchObject({ ok: true });
    expect(parse({ type: 'read', roomId, seq: 3 })).toMatchObject({ ok: true });
    expect(parse({ type: 'refresh', accessToken: 'x' })).toMatchObject({ ok: true });
  });

  it('that cannot be read is told from one that is wrong', () => {
    for (const text of ['', '{', 'null', '7', '"send"', '[]', '{}', '{"type":7}', '{"type":"typing","__proto__":{}}']) {
      expect([text, parse(text)]).toMatchObject([text, { ok: false, readable: false }]);
    }
    expect(parseFrame(Buffer.from('{"type":"typing"}'), true)).toMatchObject({ ok: false, readable: false });
    for (const value of [
      { type: 'dance' },
      { type: 'toString' },
      { type: 'ready' },
      { type: 'typing' },
      { type: 'typing', roomId: 'x' },
      { type: 'typing', roomId, more: true },
      { type: 'read', roomId, seq: -1 },
      { type: 'read', roomId, seq: '1' },
      { type: 'read', roomId, seq: 2 ** 53 },
      { type: 'resume', rooms: Array.from({ length: 501 }, () => ({ roomId, afterSeq: 0 })) },
    ]) {
      expect([value, parse(value)]).toMatchObject([value, { ok: false, readable: true, clientId: undefined }]);
    }
  });

  it('that is wrong says which message it was, where that can be read', () => {
    const send = { type: 'send', clientId: 'mine', roomId, text: 'Hello.' };
    for (const more of [
      { text: '' },
      { text: 'a\0b' },
      { text: '\ud800' },
      { roomId: 7 },
      { type: 'sent' },
      { extra: 1 },
    ]) {
      expect([more, parse({ ...send, ...more })]).toMatchObject([more, { ok: false, clientId: 'mine' }]);
    }
    expect(parse({ ...send, clientId: 7 })).toMatchObject({ ok: false, clientId: undefined });
    expect(clientIdOf(Buffer.from(JSON.stringify(send)))).toBe('mine');
    expect(clientIdOf(Buffer.from('{'))).toBeUndefined();
  });
});

it('the type of an encoded frame is told from its bytes, however long it is and whatever was encoded since', () => {
  const frames = ['', 'x'.repeat(200), 'x'.repeat(70_000)].map((detail) =>
    encodeFrame({ type: 'error', code: 'unavailable', detail }),
  );
  const other = encodeFrame({ type: 'heartbeat' });
  for (const frame of frames) expect([typeOf(other), typeOf(frame)]).toEqual(['heartbeat', 'error']);
});
