import { OpenwardError } from '@openward/client';

/** A question that waits for its answer: shown by the dialog of the shell. */
export type StepUp = { readonly done: () => void; readonly cancel: () => void };

let waiting: StepUp | null = null;
const listeners = new Set<() => void>();

function change(next: StepUp | null): void {
  waiting = next;
  for (const listener of listeners) listener();
}

export function currentStepUp(): StepUp | null {
  return waiting;
}

export function subscribeStepUp(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * For what the server allows only to who has just shown who they are: asks for that when the server does, and then tries again.
 * @throws what `action` throws; when the person declines, that it asks for a fresh login.
 */
export async function withStepUp<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof OpenwardError) || error.code !== 'reauthentication-required') throw error;
    await new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => () => {
        change(null);
        settle();
      };
      change({ done: end(resolve), cancel: end(() => reject(error)) });
    });
    return action();
  }
}
