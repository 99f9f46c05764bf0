let load: (path: string) => void = () => undefined;

/** Who knows the pages says how they are loaded: links must not know them, since pages have links. */
export function onPreload(how: (path: string) => void): void {
  load = how;
}

/** Somebody is about to go there. */
export function preload(href: string): void {
  load(new URL(href, location.href).pathname);
}
