import { type ByteWindow, MalformedImageError } from './byte-window.ts';
import { type CleanImage, Kept } from './kept.ts';
import { orientationOf, orientationOnly } from './orientation.ts';

/** Markers of ITU-T T.81, table B.1. */
const soi = 0xd8;
const eoi = 0xd9;
const sos = 0xda;
const app0 = 0xe0;
const app1 = 0xe1;
/** Quantization and Huffman tables, arithmetic conditioning, restart interval, number of lines. */
const tables = new Set([0xdb, 0xc4, 0xcc, 0xdd, 0xdc]);

/** Keeps frames, tables, scans, the colour profile and Adobe's colour transform; of EXIF the orientation alone. */
export async function cleanJpeg(file: ByteWindow): Promise<CleanImage> {
  if ((await file.bytes(0, 2)).readUInt16BE() !== 0xff00 + soi) throw new MalformedImageError('no SOI');
  const kept = new Kept();
  kept.keep(0, 2);
  let [at, orientation, scans] = [2, 1, 0];
  let frame: { width: number; height: number } | undefined;
  for (;;) {
    const segment = await nextSegment(file, at, scans > 0);
    if (segment === null) break;
    const { marker, start, end } = segment;
    const head = (await file.bytes(start, Math.min(end - start, 16))).subarray(4);
    if (marker === app1) orientation = orientationOf(await file.bytes(start, end - start)) ?? orientation;
    else if (marker === app0 && head.toString('latin1').startsWith('JFIF\0')) kept.put(plainJfif(head));
    else if (isNeeded(marker, head)) kept.keep(start, end);
    if (isFrame(marker)) frame ??= sizeOf(await file.bytes(start, end - start));
    at = end;
    if (marker === sos) {
      scans += 1;
      at = await endOfScan(file, end);
      kept.keep(end, at);
    }
  }
  if (frame === undefined || scans === 0) throw new MalformedImageError('no picture');
  kept.put(Buffer.from([0xff, eoi]));
  // EXIF comes first (its 4.5.4), after JFIF where there is one.
  if (orientation > 1) kept.parts.splice(Buffer.isBuffer(kept.parts[1]) ? 2 : 1, 0, orientationOnly(orientation));
  const { width, height } = frame;
  return { parts: kept.parts, ...(orientation > 4 ? { width: height, height: width } : { width, height }) };
}

type Segment = { marker: number; start: number; end: number };

/** @returns null at the end of the image; a file that was cut off after a scan ends there too. */
async function nextSegment(file: ByteWindow, from: number, mayEnd: boolean): Promise<Segment | null> {
  let start = from;
  if (mayEnd && start >= file.size) return null;
  if ((await file.bytes(start, 1))[0] !== 0xff) throw new MalformedImageError(`no marker at ${start}`);
  // A marker may begin with any number of fill bytes (B.1.1.2).
  while ((await file.bytes(start + 1, 1))[0] === 0xff) start += 1;
  const marker = (await file.bytes(start + 1, 1))[0] ?? 0;
  if (marker === eoi) return null;
  if (marker < 0xc0 || (marker >= 0xd0 && marker <= soi)) throw new MalformedImageError(`marker ${marker}`);
  const length = (await file.bytes(start + 2, 2)).readUInt16BE();
  if (length < 2 || start + 2 + length > file.size) throw new MalformedImageError(`segment at ${start}`);
  return { marker, start, end: start + 2 + length };
}

/** Entropy-coded data: up to the next marker that is neither a stuffed zero nor a restart. */
async function endOfScan(file: ByteWindow, from: number): Promise<number> {
  let at = from;
  while (at < file.size) {
    const rest = await file.rest(at);
    const found = rest.indexOf(0xff);
    if (found < 0) {
      at += rest.length;
      continue;
    }
    at += found;
    if (at + 1 >= file.size) return at;
    const next = (await file.bytes(at + 1, 1))[0] ?? 0;
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return at;
    at += 2;
  }
  return file.size;
}

function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function isNeeded(marker: number, head: Buffer): boolean {
  if (isFrame(marker) || marker === sos || tables.has(marker)) return true;
  const name = head.toString('latin1');
  return (marker === 0xe2 && name.startsWith('ICC_PROFILE\0')) || (marker === 0xee && name.startsWith('Adobe'));
}

/** JFIF without its thumbnail: version and density stay. */
function plainJfif(head: Buffer): Buffer {
  if (head.length < 12) throw new MalformedImageError('short JFIF');
  return Buffer.concat([Buffer.from([0xff, app0, 0, 16]), head.subarray(0, 12), Buffer.from([0, 0])]);
}

function sizeOf(segment: Buffer): { width: number; height: number } {
  if (segment.length < 9) throw new MalformedImageError('short frame');
  return { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) };
}
