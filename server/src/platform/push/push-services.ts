import ipaddr from 'ipaddr.js';

/** The push services of the browsers there are: Chrome and its kin, Firefox, Safari, Edge. `*.` stands for any name below. */
export const knownPushServices = [
  'fcm.googleapis.com',
  '*.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
] as const;

/** Whether this can stand in PUSH_SERVICES: a host of the internet with a name, with `*.` for all below it. */
export function isServiceName(name: string): boolean {
  return /^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name);
}

/**
 * Where a browser wants its pushes, if this server sends there: https at its usual port, one of the services that it knows. Whoever could name
 * any address would have a server of ours call it.
 */
export function pushServiceOf(endpoint: string, services: readonly string[]): URL | null {
  if (!URL.canParse(endpoint)) return null;
  const url = new URL(endpoint);
  const isPlain = url.protocol === 'https:' && url.port === '' && url.username === '' && url.password === '';
  const isKnown = services.some((service) =>
    service.startsWith('*.') ? url.hostname.endsWith(service.slice(1)) : url.hostname === service,
  );
  return isPlain && url.hash === '' && isKnown ? url : null;
}

/** Whether an address is on the internet: not of this machine, its networks, or anything set apart. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
