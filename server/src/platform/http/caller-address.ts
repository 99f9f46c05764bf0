import { BlockList, isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

/**
 * Where a call comes from: the address of the connection, or, where that is a trusted proxy's, the last address in
 * X-Forwarded-For that is not. Null when a trusted proxy wrote none there (`unknown`, a name).
 */
export function callerAddress(request: Pick<FastifyRequest, 'ip'>): string | null {
  return addressIn(request.ip);
}

/**
 * Whether an address is one of TRUST_PROXY's. For Fastify, which asks from the nearest on; its own function knows no ports, and so
 * takes every caller behind a proxy that writes them for one.
 */
export function trustedProxies(networks: readonly string[]): (entry: string | undefined) => boolean {
  const trusted = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    if (prefix === undefined) trusted.addAddress(address, familyOf(address));
    else trusted.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (entry) => {
    const address = addressIn(entry ?? '');
    return address !== null && trusted.check(address, familyOf(address));
  };
}

/**
 * An entry of X-Forwarded-For → the address in it, an IPv4-mapped one as IPv4: some proxies write ports, and IPv6 then in
 * brackets (RFC 7239, section 6). Null for what is none.
 */
function addressIn(entry: string): string | null {
  const [, inBrackets, withPort] = /^\[([^\]]*)\](?::\d{1,5})?$|^([\d.]+):\d{1,5}$/.exec(entry) ?? [];
  const address = inBrackets ?? withPort ?? entry;
  const family = isIP(address);
  // Of IPv4 there is one way to write it.
  if (family === 4) return address;
  return family === 0 ? null : ipaddr.process(address).toString();
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
