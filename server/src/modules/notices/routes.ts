import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { countNotifications, listNotifications, readNotifications } from './list-notifications.ts';
import { getPreferences, setPreferences } from './preferences.ts';
import { addPushSubscription, listPushSubscriptions, removePushSubscription } from './push-subscriptions.ts';

export const noticeRoutes = [
  serve(contract.listNotifications, 'read', listNotifications),
  // Asked for by every open page, again and again, and nobody is worse off without it.
  serve(contract.countNotifications, 'read', countNotifications, { priority: 'list' }),
  serve(contract.readNotifications, 'write', readNotifications),
  serve(contract.getNotificationPreferences, 'read', getPreferences),
  serve(contract.setNotificationPreferences, 'write', setPreferences),
  serve(contract.listPushSubscriptions, 'read', listPushSubscriptions),
  serve(contract.addPushSubscription, 'write', addPushSubscription),
  serve(contract.removePushSubscription, 'write', removePushSubscription),
];
