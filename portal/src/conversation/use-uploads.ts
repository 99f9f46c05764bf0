import type { Attachment, attachmentTypes, attachmentMaxBytes as contractMaxBytes } from '@openward/contracts';
import { useCallback, useEffect, useRef, useState } from 'react';
import { api } from '#app/api.ts';

export const maxBytes: typeof contractMaxBytes = 10_000_000;
const maxFiles = 10;
export const takenTypes: readonly (typeof attachmentTypes)[number][] = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'application/pdf',
];

const uploadTimeoutMs = 15 * 60_000;

export type Upload = {
  readonly id: string;
  readonly file: File;
  readonly sentBytes: number;
  readonly attachment: Attachment | null;
  readonly error: unknown;
};

/** Why a file is not even tried. */
export type Rejected = { readonly name: string; readonly why: 'type' | 'size' | 'count' | 'edit' };

/** Files on their way into a room: begun as soon as they are chosen, each can be given up or tried again. */
export function useUploads(roomId: string) {
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const aborts = useRef(new Map<string, AbortController>());
  const change = useCallback((id: string, changed: Partial<Upload>) => {
    setUploads((all) => all.map((upload) => (upload.id === id ? { ...upload, ...changed } : upload)));
  }, []);

  const start = useCallback(
    async (id: string, file: File) => {
      const abort = new AbortController();
      aborts.current.set(id, abort);
      change(id, { error: null, sentBytes: 0 });
      try {
        const onProgress = (sentBytes: number) => change(id, { sentBytes });
        const input = { id: roomId, name: nameOf(file), file, onProgress };
        const attachment = await api.uploadAttachment(input, { signal: abort.signal, timeoutMs: uploadTimeoutMs });
        change(id, { attachment });
      } catch (error) {
        if (!abort.signal.aborted) change(id, { error });
      }
    },
    [roomId, change],
  );

  function add(files: readonly File[]): Rejected[] {
    const rejected: Rejected[] = [];
    const taken: Upload[] = [];
    for (const file of files) {
      const isTaken = takenTypes.some((type) => type === file.type);
      const isFull = uploads.length + taken.length >= maxFiles;
      const why = !isTaken ? 'type' : file.size > maxBytes ? 'size' : isFull ? 'count' : null;
      if (why !== null) rejected.push({ name: file.name, why });
      else taken.push({ id: crypto.randomUUID(), file, sentBytes: 0, attachment: null, error: null });
    }
    setUploads([...uploads, ...taken]);
    for (const { id, file } of taken) void start(id, file);
    return rejected;
  }

  function remove(id: string): void {
    aborts.current.get(id)?.abort();
    setUploads((all) => all.filter((upload) => upload.id !== id));
  }

  /** What is uploaded goes with a message: they are that message's now. */
  function take(): Attachment[] {
    setUploads([]);
    return uploads.flatMap(({ attachment }) => attachment ?? []);
  }

  useEffect(() => {
    const running = aborts.current;
    return () => {
      for (const abort of running.values()) abort.abort();
    };
  }, []);
  useEffect(() => {
    // Back in the network, what had failed for the lack of it goes on by itself.
    const retry = () => {
      for (const { id, file, error } of uploads) if (error !== null) void start(id, file);
    };
    addEventListener('online', retry);
    return () => removeEventListener('online', retry);
  }, [uploads, start]);

  const isBusy = uploads.some(({ attachment }) => attachment === null);
  return { uploads, add, remove, take, retry: start, isBusy };
}

/** As long as the contract takes it, and one line. */
function nameOf({ name }: File): string {
  const line = name.replaceAll(/\p{C}/gu, ' ').trim();
  return [...line].slice(-200).join('').trim() || 'file';
}
