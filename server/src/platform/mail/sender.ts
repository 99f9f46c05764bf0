/** The address out of `Name <address>`, or of an address alone. */
export function addressOf(sender: string): string {
  return /<([^<>]+)>$/.exec(sender)?.[1] ?? sender;
}

/** Whether this can be the sender of mails: one address, alone or as `Name <address>`. */
export function isSender(text: string): boolean {
  return /^(?:[^<>@\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/.test(text);
}
