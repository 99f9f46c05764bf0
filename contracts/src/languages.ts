/** The languages that people are written to in: of mails, of what is printed, of the portal. English is the default. */
export const languages = ['en', 'es', 'de'] as const;
export type Language = (typeof languages)[number];
