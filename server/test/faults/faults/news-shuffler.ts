import type { Rewriter } from '../../proxy.ts';
import type { Random } from '../random.ts';

/**
 * What a Redis subscription hears, in another order and partly twice, as a bus that promises nothing may bring it. Only whole
 * published messages are moved; answers to commands stay in their place.
 */
export function shuffleNews(random: Random): Rewriter {
  let rest = Buffer.alloc(0);
  return (piece, arrive) => {
    rest = Buffer.concat([rest, piece]);
    for (let reply = takeReply(rest); reply !== null; reply = takeReply(rest)) {
      rest = rest.subarray(reply.length);
      if (!isNews(reply)) {
        arrive(reply);
        continue;
      }
      const times = random.chance(0.3) ? 2 : 1;
      for (let time = 0; time < times; time += 1) setTimeout(arrive, random.between(0, 400), reply);
    }
  };
}

function isNews(reply: Buffer): boolean {
  return /^[*>]\d+\r\n\$7\r\nmessage\r\n/.test(reply.subarray(0, 30).toString('latin1'));
}

/** The first whole reply of the protocol (RESP2 and the pushes of RESP3), or null when more has to come. */
function takeReply(data: Buffer): Buffer | null {
  const length = lengthOf(data, 0);
  return length === null ? null : data.subarray(0, length);
}

/** Where the reply that begins at `start` ends, or null. */
function lengthOf(data: Buffer, start: number): number | null {
  const lineEnd = data.indexOf('\r\n', start);
  if (lineEnd === -1) return null;
  const kind = String.fromCharCode(data[start] ?? 0);
  const count = Number(data.subarray(start + 1, lineEnd).toString('latin1'));
  let end = lineEnd + 2;
  if (kind === '$') {
    end += count < 0 ? 0 : count + 2;
    return end <= data.length ? end : null;
  }
  const parts = kind === '*' || kind === '>' ? count : kind === '%' ? count * 2 : 0;
  for (let part = 0; part < parts; part += 1) {
    const next = lengthOf(data, end);
    if (next === null) return null;
    end = next;
  }
  return end;
}
