import { type ByteWindow, MalformedImageError } from './byte-window.ts';
import { type CleanImage, Kept } from './kept.ts';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Picture, transparency, colours, density, animation (PNG third edition, 11 and 4.9). No text, no time, no EXIF. */
const needed = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT'.split(' '),
);

export async function cleanPng(file: ByteWindow): Promise<CleanImage> {
  if (!(await file.bytes(0, 8)).equals(signature)) throw new MalformedImageError('no PNG');
  const header = await file.bytes(8, 25);
  if (header.readUInt32BE(0) !== 13 || header.toString('latin1', 4, 8) !== 'IHDR') {
    throw new MalformedImageError('no IHDR');
  }
  const [width, height] = [header.readUInt32BE(8), header.readUInt32BE(12)];
  if (width === 0 || height === 0) throw new MalformedImageError('no size');
  const kept = new Kept();
  kept.keep(0, 8);
  for (let at = 8, hasPicture = false; ; ) {
    const head = await file.bytes(at, 8);
    const type = head.toString('latin1', 4, 8);
    const end = at + 12 + head.readUInt32BE(0);
    if (end > file.size) throw new MalformedImageError(`chunk at ${at}`);
    // An unknown chunk with a capital first letter is one without which the picture cannot be shown (5.4).
    if (!needed.has(type) && !/^[a-z]/.test(type)) throw new MalformedImageError(`chunk ${type}`);
    if (needed.has(type)) kept.keep(at, end);
    hasPicture ||= type === 'IDAT';
    at = end;
    if (type !== 'IEND') continue;
    if (!hasPicture) throw new MalformedImageError('no picture');
    return { parts: kept.parts, width, height };
  }
}
