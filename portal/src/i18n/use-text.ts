import { use } from 'react';
import type { Catalogue, Language, Message, Messages, Namespace, Text } from './catalogue.ts';
import { formatMessage } from './format-message.ts';
import { currentLanguage, loadMessages, localeOf, useLanguage } from './language.ts';

/** The texts of a feature in the person's language. A route that names its `messages` has them loaded already. */
export function useText<N extends Namespace>(namespace: N): Text<N> {
  const language = useLanguage();
  // Always by `use`: React repeats a component that waited, and fails where the repetition does not call what the first time did.
  return textOf(use(loadMessages(namespace, language)), language);
}

/** The same where there is no component. */
export async function loadText<N extends Namespace>(namespace: N): Promise<Text<N>> {
  const language = currentLanguage();
  return textOf<N>(await loadMessages(namespace, language), language);
}

function textOf<N extends Namespace>(messages: Messages, language: Language): Text<N> {
  const locale = localeOf(language);
  return (key, ...[values]) => {
    const message: Message = messages[String(key)] ?? String(key);
    return formatMessage(message, values ?? {}, locale);
  };
}

/** The name of a specialty in the person's language; of one that is newer than this page, the server's. */
export function useSpecialtyName(): (specialty: { code: string; name: string }) => string {
  const t = useText('specialties');
  return ({ code, name }) => {
    const found = t(code as keyof Catalogue['specialties']);
    return found === code ? name : found;
  };
}

/** What a rule finds, in the person's language; of one that is newer than this page, its name. */
export function useFlagName(): (flag: { rule: string }) => string {
  const t = useText('flags');
  return ({ rule }) => t(rule as keyof Catalogue['flags']);
}
