import Bowser from 'bowser';
import ipaddr from 'ipaddr.js';

/** Programs that are no browsers, by how their User-Agent begins. */
const programs: readonly [start: RegExp, name: string][] = [
  [/^openward-client\//i, 'Openward client'],
  [/^(node|undici)\b/i, 'A program on Node'],
  [/^curl\//i, 'curl'],
  [/^python/i, 'A program on Python'],
  [/^okhttp\//i, 'An Android app'],
  [/^[\w%.-]+\/[\d.]+ CFNetwork\//i, 'An Apple app'],
  [/^dart\//i, 'A Flutter app'],
  [/^postmanruntime\//i, 'Postman'],
];
const browsers = new Set<string>(Object.values(Bowser.BROWSER_MAP));
const systems = new Set<string>(Object.values(Bowser.OS_MAP));
const unknown = 'Unknown device';
/** Longer ones say no more, and the parser is not to work on what somebody made up. */
const maxLength = 400;

/**
 * A User-Agent header → what people call such a device, "Firefox on Windows". Every word is from a closed set: the header is a
 * caller's text, and this goes into mails and pages. A guess for people to read, never a proof of anything.
 */
export function deviceOf(userAgent: string | null): string {
  const { name, system } = devicePartsOf(userAgent);
  if (name === undefined) return system === undefined ? unknown : `Unknown browser on ${system}`;
  return system === undefined ? name : `${name} on ${system}`;
}

/** The same in parts, for other languages. */
export function devicePartsOf(userAgent: string | null): { name?: string | undefined; system?: string | undefined } {
  const header = userAgent?.slice(0, maxLength).trim() ?? '';
  if (header === '') return {};
  const { browser, os } = Bowser.parse(header);
  const system = os.name !== undefined && systems.has(os.name) ? os.name : systemOf(header);
  return { name: programs.find(([start]) => start.test(header))?.[1] ?? knownBrowser(browser.name), system };
}

function knownBrowser(name: string | undefined): string | undefined {
  return name !== undefined && browsers.has(name) ? name : undefined;
}

/** Our client says what it runs on. */
function systemOf(header: string): string | undefined {
  return /^openward-client\/\S+ node\b/i.test(header) ? 'Node' : undefined;
}

/** The network of an address: an IPv4 /24 or an IPv6 /64, about what stays the same for somebody who stays where they are. */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address instanceof ipaddr.IPv6) return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/64`)}/64`;
  return `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/24`)}/24`;
}
