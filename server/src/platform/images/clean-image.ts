import type { ByteWindow } from './byte-window.ts';
import { cleanGif } from './gif.ts';
import { cleanJpeg } from './jpeg.ts';
import { cleanPng } from './png.ts';
import { cleanWebp } from './webp.ts';

/** A stretch of the file that stays as it is, or bytes in place of others. */
export type Part = { from: number; to: number } | Buffer;

/** What an image is without what it tells of its making, and its size in pixels as it is shown. */
export type CleanImage = { parts: Part[]; width: number; height: number };

const cleaners: Record<string, (file: ByteWindow) => Promise<CleanImage>> = {
  'image/jpeg': cleanJpeg,
  'image/png': cleanPng,
  'image/webp': cleanWebp,
  'image/gif': cleanGif,
};

/**
 * Takes out of an image everything that is not needed to show it: EXIF with the place and the device, XMP, comments, thumbnails, and
 * what hangs on behind its end. Kept is a list of what decoders use, so that what is unknown goes; the pixels stay bit for bit, which
 * re-encoding would not do for a picture that a diagnosis may rest on.
 * @returns null for a type that is no image. @throws MalformedImageError
 */
export async function cleanImage(type: string, file: ByteWindow): Promise<CleanImage | null> {
  return (await cleaners[type]?.(file)) ?? null;
}

/** Stretches that touch become one. */
export class Kept {
  readonly parts: Part[] = [];

  keep(from: number, to: number): void {
    const last = this.parts.at(-1);
    if (last !== undefined && !Buffer.isBuffer(last) && last.to === from) last.to = to;
    else this.parts.push({ from, to });
  }

  put(bytes: Buffer): void {
    this.parts.push(bytes);
  }

  get size(): number {
    return this.parts.reduce((sum, part) => sum + (Buffer.isBuffer(part) ? part.length : part.to - part.from), 0);
  }
}
