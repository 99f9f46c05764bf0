import { crc32, deflateSync } from 'node:zlib';

/** What must not be found in an image any more. */
export const secretPlace = 'GPS 41.1496N 8.6109W';

function segment(marker: number, content: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

/** EXIF as phones write it: orientation, a maker, and a GPS directory (TIFF 6.0; EXIF 2.32, 4.6). */
export function exif(orientation: number, order: 'II' | 'MM' = 'II'): Buffer {
  const tiff = Buffer.alloc(180);
  const u16 = (value: number, at: number) =>
    order === 'II' ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const u32 = (value: number, at: number) =>
    order === 'II' ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  const entry = (at: number, tag: number, type: number, count: number, value: number) => {
    u16(tag, at);
    u16(type, at + 2);
    u32(count, at + 4);
    if (type === 3) u16(value, at + 8);
    else u32(value, at + 8);
  };
  tiff.write(order, 0, 'latin1');
  u16(42, 2);
  u32(8, 4);
  u16(3, 8);
  entry(10, 0x010f, 2, 21, 130);
  entry(22, 0x0112, 3, 1, orientation);
  entry(34, 0x8825, 4, 1, 60);
  tiff.write(secretPlace, 130, 'latin1');
  u16(4, 60);
  entry(62, 1, 2, 2, 0);
  tiff.write('N\0', 70, 'latin1');
  entry(74, 2, 5, 3, 152);
  entry(86, 3, 2, 2, 0);
  tiff.write('W\0', 94, 'latin1');
  entry(98, 4, 5, 3, 152);
  for (const [index, value] of [41, 1, 8, 1].entries()) u32(value, 152 + index * 4);
  return Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
}

/** A baseline JPEG of 1 × 1, as any encoder writes it. */
const plainJpeg = Buffer.from(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
  'base64',
);

/** A JPEG with all that cameras and editors hang on it; what is behind `plain` is what has to stay. */
export function jpeg({ orientation = 6, order = 'II' as 'II' | 'MM' } = {}): { file: Buffer; picture: Buffer } {
  const [soi, jfif] = [plainJpeg.subarray(0, 2), plainJpeg.subarray(2, 20)];
  const picture = plainJpeg.subarray(20);
  const file = Buffer.concat([
    soi,
    jfif,
    segment(0xe1, exif(orientation, order)),
    segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0<xmp>${secretPlace}</xmp>`)),
    segment(0xe2, Buffer.from(`MPF\0${secretPlace}`)),
    segment(0xed, Buffer.from(`Photoshop 3.0\0${secretPlace}`)),
    segment(0xfe, Buffer.from(secretPlace)),
    picture,
    Buffer.from([0xff, 0xd9]),
    Buffer.from(`trailing video with ${secretPlace}`),
  ]);
  return { file, picture };
}

/** A chunk of a PNG, with its length and checksum. */
export function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, crc] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, crc]);
}

/** A PNG of noise-free pixels with text, a time and EXIF. `bytes` makes it larger by a chunk that goes. */
export function png({ width = 3, height = 2, bytes = 0 } = {}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('gAMA', Buffer.from([0, 0, 0xb1, 0x8f])),
    chunk('eXIf', exif(1).subarray(6)),
    chunk('tEXt', Buffer.from(`Comment\0${secretPlace}`)),
    chunk('IDAT', deflateSync(Buffer.alloc(height * (1 + 3 * width)))),
    ...(bytes === 0 ? [] : [chunk('juNk', Buffer.alloc(bytes, secretPlace))]),
    chunk('IEND', Buffer.alloc(0)),
    Buffer.from(secretPlace),
  ]);
}

function riffChunk(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(type, 'latin1'), length, content, Buffer.alloc(content.length % 2)]);
}

/** A lossless WebP of 1 × 1 in the extended form, with EXIF and XMP. */
export function webp(): Buffer {
  const extended = Buffer.alloc(10);
  extended[0] = 0x08 | 0x04 | 0x10;
  const body = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    riffChunk('VP8X', extended),
    riffChunk('VP8L', Buffer.from('2f00000010071011118888080800', 'hex')),
    riffChunk('EXIF', exif(1)),
    riffChunk('XMP ', Buffer.from(secretPlace)),
  ]);
  const head = Buffer.from('RIFF\0\0\0\0', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

/** A GIF of 1 × 1 that loops, with a comment and XMP. */
export function gif(): Buffer {
  return Buffer.concat([
    Buffer.from('47494638396101000100800000ffffff000000', 'hex'),
    Buffer.from('21ff0b4e45545343415045322e300301000000', 'hex'),
    Buffer.from('21fe', 'hex'),
    Buffer.from([secretPlace.length]),
    Buffer.from(`${secretPlace}\0`, 'latin1'),
    Buffer.from('21ff0b', 'hex'),
    Buffer.from(`XMP DataXMP`, 'latin1'),
    Buffer.from([secretPlace.length]),
    Buffer.from(`${secretPlace}\0`, 'latin1'),
    Buffer.from('21f904010000000 02c00000000010001000002024401003b'.replace(' ', ''), 'hex'),
    Buffer.from(secretPlace),
  ]);
}

export const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
