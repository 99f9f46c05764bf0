import type { Language } from '@openward/contracts';
import type { Translation } from '#platform/mail/mail-texts.ts';
import { german } from './de.ts';
import { english } from './en.ts';
import { spanish } from './es.ts';

export const texts: Readonly<Record<Language, Translation<typeof english>>> = { en: english, es: spanish, de: german };
