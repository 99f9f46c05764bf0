import type { ByteWindow } from './byte-window.ts';
import { cleanGif } from './gif.ts';
import { cleanJpeg } from './jpeg.ts';
import type { CleanImage } from './kept.ts';
import { cleanPng } from './png.ts';
import { cleanWebp } from './webp.ts';

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
