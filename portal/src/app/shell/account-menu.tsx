import { useLocation } from 'wouter';
import { languageNames, languages } from '#i18n/catalogue.ts';
import { setLanguage, useLanguage } from '#i18n/language.ts';
import { useText } from '#i18n/use-text.ts';
import { Avatar } from '#ui/avatar.tsx';
import { Icon } from '#ui/icon.tsx';
import { Menu, type MenuItem } from '#ui/menu.tsx';
import { toast } from '#ui/toast.tsx';
import { useProblemText } from '#ui/use-problem-text.ts';
import { nav } from '../features.ts';
import { logOut, useHolder, useMe } from '../session.ts';
import { setTheme, themes, useTheme } from '../theme.ts';

const themeIcons = { system: 'system', light: 'sun', dark: 'moon' } as const;

/** Oneself, how the page looks, and the way out. Strangers find language and look here too. */
export function AccountMenu() {
  const t = useText('shell');
  const holder = useHolder();
  const me = useMe();
  const language = useLanguage();
  const theme = useTheme();
  const [, navigate] = useLocation();
  const problemText = useProblemText();
  const name = me.data?.fullName ?? '';

  async function leave(): Promise<void> {
    try {
      await logOut();
      navigate('/');
    } catch (error) {
      toast(problemText.of(error), 'danger');
    }
  }

  const own: (MenuItem | 'line')[] =
    holder === null
      ? []
      : [
          ...nav
            .filter(({ who, place }) => place === 'menu' && who.includes(holder.role))
            .map(({ label, icon, path }) => ({ label: t(label), icon, onSelect: () => navigate(path) })),
          { label: t('logOut'), icon: 'exit', onSelect: () => void leave() },
          'line',
        ];
  const items: (MenuItem | 'line')[] = [
    ...own,
    ...languages.map((code) => ({
      label: languageNames[code],
      icon: 'globe' as const,
      checked: code === language,
      onSelect: () => void setLanguage(code).catch((error: unknown) => toast(problemText.of(error), 'danger')),
    })),
    'line',
    ...themes.map((name) => ({
      label: t(`theme.${name}`),
      icon: themeIcons[name],
      checked: name === theme,
      onSelect: () => setTheme(name),
    })),
  ];
  const label = holder === null ? t('settings') : t('accountOf', { name });
  return (
    <Menu
      label={label}
      items={items}
      trigger={holder === null ? <Icon name="settings" size={22} /> : <Avatar name={name} size="small" />}
    />
  );
}
