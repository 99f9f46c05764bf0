import { type ByteWindow, MalformedImageError } from './byte-window.ts';
import { type CleanImage, Kept } from './kept.ts';

const imageBlock = 0x2c;
const extension = 0x21;
const trailer = 0x3b;
const graphicControl = 0xf9;
const application = 0xff;
/** How often an animation repeats; all other application blocks (XMP is one) go, and so do comments and plain text. */
const looping = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0']);

/** GIF89a, sections 17 to 27. */
export async function cleanGif(file: ByteWindow): Promise<CleanImage> {
  const header = await file.bytes(0, 13);
  if (!/^GIF8[79]a$/.test(header.toString('latin1', 0, 6))) throw new MalformedImageError('no GIF');
  const size = { width: header.readUInt16LE(6), height: header.readUInt16LE(8) };
  const kept = new Kept();
  let at = 13 + colourTable(header[10] ?? 0);
  kept.keep(0, at);
  for (let hasPicture = false; ; ) {
    const [kind] = await file.bytes(at, 1);
    if (kind === trailer) {
      if (!hasPicture) throw new MalformedImageError('no picture');
      kept.keep(at, at + 1);
      return { parts: kept.parts, ...size };
    }
    const end = kind === imageBlock ? await endOfImage(file, at) : await endOfExtension(file, at, kind);
    if (kind === imageBlock || (await isNeeded(file, at))) kept.keep(at, end);
    hasPicture ||= kind === imageBlock;
    at = end;
  }
}

/** The bytes of a colour table, by the packed field that announces it. */
function colourTable(packed: number): number {
  return (packed & 0x80) === 0 ? 0 : 3 * 2 ** ((packed & 7) + 1);
}

async function endOfImage(file: ByteWindow, at: number): Promise<number> {
  const [packed = 0] = await file.bytes(at + 9, 1);
  return endOfSubBlocks(file, at + 10 + colourTable(packed) + 1);
}

async function endOfExtension(file: ByteWindow, at: number, kind: number | undefined): Promise<number> {
  if (kind !== extension) throw new MalformedImageError(`block ${kind}`);
  return endOfSubBlocks(file, at + 2);
}

async function isNeeded(file: ByteWindow, at: number): Promise<boolean> {
  const [, label, length = 0] = await file.bytes(at, 3);
  if (label === graphicControl) return true;
  return label === application && length === 11 && looping.has((await file.bytes(at + 3, 11)).toString('latin1'));
}

async function endOfSubBlocks(file: ByteWindow, from: number): Promise<number> {
  for (let at = from; ; ) {
    const [length = 0] = await file.bytes(at, 1);
    at += 1 + length;
    if (length === 0) return at;
  }
}
