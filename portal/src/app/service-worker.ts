type Policies = { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } };

/** The one script that is loaded by an address in a string. Under Trusted Types only this policy may make one, and only this one. */
export function registerServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  const path = '/sw.js';
  const { trustedTypes } = globalThis as { trustedTypes?: Policies };
  const url = trustedTypes?.createPolicy('openward', { createScriptURL: () => path }).createScriptURL(path) ?? path;
  // Without it everything works but a start without network: nothing to bother anybody with.
  navigator.serviceWorker.register(url).catch(() => undefined);
}
