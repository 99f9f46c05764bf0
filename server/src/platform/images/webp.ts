import { type ByteWindow, MalformedImageError } from './byte-window.ts';
import { type CleanImage, Kept } from './kept.ts';

/** RFC 9649, section 2. Without EXIF, XMP and what is unknown. */
const needed = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
const exifAndXmp = 0x08 | 0x04;

export async function cleanWebp(file: ByteWindow): Promise<CleanImage> {
  const riff = await file.bytes(0, 12);
  if (riff.toString('latin1', 0, 4) !== 'RIFF' || riff.toString('latin1', 8) !== 'WEBP') {
    throw new MalformedImageError('no WebP');
  }
  const end = 8 + riff.readUInt32LE(4);
  if (end > file.size) throw new MalformedImageError('cut short');
  const kept = new Kept();
  let size: { width: number; height: number } | undefined;
  let hasPicture = false;
  for (let at = 12; at + 8 <= end; ) {
    const head = await file.bytes(at, 8);
    const [type, length] = [head.toString('latin1', 0, 4), head.readUInt32LE(4)];
    // Chunks begin at even places; the last one's padding is often left out.
    const next = at + 8 + length + (length % 2);
    if (at + 8 + length > end) throw new MalformedImageError(`chunk at ${at}`);
    size ??= await sizeOf(file, type, at + 8, length);
    hasPicture ||= type === 'VP8 ' || type === 'VP8L' || type === 'ANMF';
    if (type === 'VP8X') await keepExtended(file, kept, at, length);
    else if (needed.has(type)) kept.keep(at, Math.min(next, end));
    at = next;
  }
  if (size === undefined || !hasPicture) throw new MalformedImageError('no picture');
  const header = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  header.writeUInt32LE(4 + kept.size, 4);
  return { parts: [header, ...kept.parts], ...size };
}

/** Its flags say which chunks follow. */
async function keepExtended(file: ByteWindow, kept: Kept, at: number, length: number): Promise<void> {
  if (length !== 10) throw new MalformedImageError('VP8X');
  const chunk = Buffer.from(await file.bytes(at, 18));
  chunk[8] = (chunk[8] ?? 0) & ~exifAndXmp;
  kept.put(chunk);
}

async function sizeOf(file: ByteWindow, type: string, at: number, length: number) {
  if (type === 'VP8X' && length >= 10) {
    const body = await file.bytes(at, 10);
    return { width: body.readUIntLE(4, 3) + 1, height: body.readUIntLE(7, 3) + 1 };
  }
  if (type === 'VP8L' && length >= 5) {
    const bits = (await file.bytes(at, 5)).readUInt32LE(1);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (type === 'VP8 ' && length >= 10) {
    const body = await file.bytes(at, 10);
    return { width: body.readUInt16LE(6) & 0x3fff, height: body.readUInt16LE(8) & 0x3fff };
  }
  return undefined;
}
