import { api } from '#app/api.ts';

/** The person, or their browser, said no. */
export class PushDenied extends Error {
  override readonly name = 'PushDenied';
}

export function canBePushed(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;
}

/** Asks the person, then the browser, then tells the server. @throws PushDenied */
export async function subscribe(publicKey: string): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted') throw new PushDenied();
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made with another key would be refused.
  await (await pushManager.getSubscription())?.unsubscribe();
  const subscription = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: publicKey });
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  if (endpoint === undefined || p256dh === undefined || auth === undefined) throw new Error('No whole subscription');
  await api.addPushSubscription({ endpoint, keys: { p256dh, auth } });
}

export async function unsubscribe(id: string): Promise<void> {
  await api.removePushSubscription({ id });
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
}
