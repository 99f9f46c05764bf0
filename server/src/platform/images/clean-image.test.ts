import exifr from 'exifr';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gif, jpeg, png, secretPlace, webp } from '../../../test/images.ts';
import { ByteWindow, MalformedImageError } from './byte-window.ts';
import { cleanImage } from './clean-image.ts';

/** Through a window of its own, as a file would be read. */
async function clean(type: string, file: Buffer) {
  const window = new ByteWindow(file.length, async (buffer, at) => file.copy(buffer, 0, at));
  const image = await cleanImage(type, window);
  if (image === null) throw new Error(`${type} is no image`);
  const { parts, width, height } = image;
  const bytes = Buffer.concat(parts.map((part) => (Buffer.isBuffer(part) ? part : file.subarray(part.from, part.to))));
  return { bytes, width, height };
}

const files: [type: string, file: Buffer][] = [
  ['image/jpeg', jpeg().file],
  ['image/png', png()],
  ['image/webp', webp()],
  ['image/gif', gif()],
];

describe.each(files)('a cleaned %s', (type, file) => {
  it('tells nothing of its making, wherever it stood', async () => {
    expect(file.includes(secretPlace)).toBe(true);
    const { bytes } = await clean(type, file);
    expect(bytes.includes(secretPlace)).toBe(false);
    expect(bytes.length).toBeLessThan(file.length);
  });

  it('is clean: done again, nothing changes', async () => {
    const once = await clean(type, file);
    expect(await clean(type, once.bytes)).toEqual(once);
  });

  it('comes of no broken file, whatever is broken in it', async () => {
    for (let length = 0; length < 60; length += 7) {
      await expect(clean(type, file.subarray(0, length))).rejects.toThrow(MalformedImageError);
    }
    const mutated = fc.tuple(
      fc.nat(file.length - 1),
      fc.nat(255),
      fc.nat(file.length - 1),
      fc.nat(255),
      fc.nat(file.length),
    );
    await fc.assert(
      fc.asyncProperty(mutated, async ([at, value, at2, value2, length]) => {
        const broken = Buffer.from(file.subarray(0, length));
        if (at < length) broken[at] = value;
        if (at2 < length) broken[at2] = value2;
        const outcome = await clean(type, broken).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(MalformedImageError);
      }),
      { numRuns: 400 },
    );
  });
});

describe('a cleaned JPEG', () => {
  it('has no place and no device for another reader of EXIF, but is still turned as it was', async () => {
    for (const order of ['II', 'MM'] as const) {
      const { file, picture } = jpeg({ order });
      expect(await exifr.gps(file)).toMatchObject({ latitude: expect.any(Number) });
      const { bytes } = await clean('image/jpeg', file);
      expect(await exifr.gps(bytes)).toBeUndefined();
      expect(await exifr.parse(bytes, true)).not.toHaveProperty('Make');
      expect(await exifr.orientation(bytes)).toBe(6);
      expect(bytes.includes(picture)).toBe(true);
    }
    const upright = await clean('image/jpeg', jpeg({ orientation: 1 }).file);
    expect(await exifr.orientation(upright.bytes)).toBeUndefined();
  });

  it('keeps the colour profile and ends where the picture ends, cut off or not', async () => {
    const { file } = jpeg();
    const profile = Buffer.concat([Buffer.from([0xff, 0xe2, 0, 20]), Buffer.from('ICC_PROFILE\0\x01\x01sRGB')]);
    const withProfile = Buffer.concat([file.subarray(0, 2), profile, file.subarray(2)]);
    const { bytes } = await clean('image/jpeg', withProfile);
    expect(bytes.includes(profile)).toBe(true);
    expect(bytes.subarray(-2)).toEqual(Buffer.from([0xff, 0xd9]));
    const cutOff = file.subarray(0, file.indexOf(Buffer.from([0xff, 0xd9])));
    expect((await clean('image/jpeg', cutOff)).bytes).toEqual((await clean('image/jpeg', file)).bytes);
  });
});

it('the size is told as the picture is shown, from images of any length', async () => {
  const large = png({ width: 640, height: 480, bytes: 300_000 });
  expect(await clean('image/png', large)).toMatchObject({ width: 640, height: 480 });
  for (const [type, file] of files.filter(([type]) => type !== 'image/png')) {
    expect(await clean(type, file)).toMatchObject({ width: 1, height: 1 });
  }
});

it('a WebP says of itself that it has neither EXIF nor XMP, and how long it is', async () => {
  const { bytes } = await clean('image/webp', webp());
  expect(bytes.readUInt32LE(4)).toBe(bytes.length - 8);
  expect((bytes[20] ?? 0) & 0x0c).toBe(0);
  expect((bytes[20] ?? 0) & 0x10).toBe(0x10);
});

it('a GIF keeps its loop', async () => {
  expect((await clean('image/gif', gif())).bytes.includes('NETSCAPE2.0')).toBe(true);
});
