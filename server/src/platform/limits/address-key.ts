import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';

/** Addresses of networks that carry IPv4, by the range that ipaddr.js names: where in their eight words the IPv4 address stands. */
const carriers: Partial<Record<ReturnType<ipaddr.IPv6['range']>, number>> = {
  // ::ffff:a.b.c.d and ::ffff:0:a.b.c.d (RFC 4291, 2.5.5.2; RFC 6145)
  ipv4Mapped: 6,
  rfc6145: 6,
  // 64:ff9b::a.b.c.d, of a translator before servers that speak IPv6 alone: else all of IPv4 would be one /64 (RFC 6052, RFC 7755)
  rfc6052: 6,
  // 2002:a.b.c.d::/48: else one IPv4 address would have 65,536 keys (RFC 3056)
  '6to4': 1,
};

/**
 * The key of an address: IPv4 as it is, IPv6 by its /64, since that is what one subscriber holds. Where IPv6 carries IPv4 it is
 * the IPv4 address. What is no address is `unknown`, one key for all of it.
 */
export function addressKey(ip: string): string {
  const known = keys.get(ip);
  if (known !== undefined) return known;
  const key = readKey(ip);
  if (ip.length <= longest) keys.set(ip, key);
  return key;
}

/** A call asks several times for the key of its address, and the next comes from the same. What is longer than an address is somebody's own text. */
const keys = new LRUCache<string, string>({ max: 2000 });
const longest = 64;

function readKey(ip: string): string {
  const family = isIP(ip);
  if (family !== 6) return family === 4 ? ip : 'unknown';
  const address = ipaddr.IPv6.parse(ip);
  const at = carriers[address.range()];
  if (at !== undefined)
    return address.parts
      .slice(at, at + 2)
      .flatMap(bytesOf)
      .join('.');
  return `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0])}/64`;
}

function bytesOf(word: number): [number, number] {
  return [word >> 8, word & 0xff];
}
