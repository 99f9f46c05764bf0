import type { Role } from '@openward/contracts';
import type { ComponentType } from 'react';
import type { Namespace } from '#i18n/catalogue.ts';
import type { IconName } from '#ui/icon.tsx';

/** `guest`: only who is not logged in (others are led on). */
export type Who = 'anyone' | 'guest' | 'logged-in' | readonly [Role, ...Role[]];

export type PageProps = { params: Readonly<Record<string, string | undefined>> };

export type PageRoute = {
  /** As the server and wouter read it: `/requests/:id`. */
  readonly path: string;
  readonly who: Who;
  /** The page's module, loaded when it is needed; it exports `Page`. */
  readonly load: () => Promise<{ readonly Page: ComponentType<PageProps> }>;
  /** The texts that it uses, loaded beside it. */
  readonly messages: readonly Namespace[];
  /**
   * `bare`: without header and navigation. `full`: it fills the window and scrolls in itself; on a phone it has the screen to itself,
   * and has to offer the way back.
   */
  readonly frame?: 'bare' | 'full';
};

export type NavEntry = {
  readonly path: string;
  readonly icon: IconName;
  /** A key of the messages of the shell: `nav.requests`. */
  readonly label: NavLabel;
  /** A shorter one, for the bar of a phone. */
  readonly short?: NavLabel;
  readonly who: readonly [Role, ...Role[]];
  /** `bar` (default): always in sight, five at most for a role; `menu`: in the menu of the account. */
  readonly place?: 'bar' | 'menu';
  /** Lower comes first. */
  readonly order: number;
  /** Something that waits, shown on the entry: a component that calls its own query and returns a `Count` or null. */
  readonly badge?: () => Promise<{ readonly NavBadge: ComponentType }>;
};

type NavLabel = Extract<keyof typeof import('#i18n/en/shell.ts').messages, `nav.${string}`>;

/** What a feature adds to the portal. One each, in `features/<name>/feature.ts`; `features.ts` lists them. */
export type Feature = {
  readonly routes: readonly PageRoute[];
  readonly nav?: readonly NavEntry[];
  /** Where `/` leads for a role. */
  readonly home?: Partial<Record<Role, string>>;
};
