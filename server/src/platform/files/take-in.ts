import type { FileHandle } from 'node:fs/promises';
import { fileTypeFromBuffer } from 'file-type';
import type { Upload } from '../http/route.ts';
import { ByteWindow, MalformedImageError } from '../images/byte-window.ts';
import { cleanImage } from '../images/clean-image.ts';
import { invalidField, Problem } from '../problem.ts';
import { openStaged, type Staging, stageParts, stageStream } from './stage-file.ts';

/** How much of a file says what it is. */
const sniffedBytes = 4100;

type Cleaned = { file: Staging; size?: { width: number; height: number } };

/**
 * A file on its way in: to disk as it comes, then looked at, and an image cleaned of what it tells of its making. `staged` gets what
 * lies on disk from then on.
 * @throws Problem 415 when the bytes are not of the type that they are said to be, 400 for a broken file.
 */
export async function takeIn(dir: string, { type, content }: Upload, staged: Staging[]): Promise<Cleaned> {
  const file = await stageStream(dir, content).catch((error: unknown) => {
    if (content.errored === null && !content.destroyed) throw error;
    throw new Problem('invalid-request', { detail: 'The upload broke off. Send the file again.', cause: error });
  });
  staged.push(file);
  const source = await openStaged(file);
  try {
    const cleaned = await clean(dir, file, source, type);
    staged.push(cleaned.file);
    return cleaned;
  } finally {
    await source.close();
  }
}

/** The file as it is kept: an image without what it tells of its making, a PDF as it came. */
async function clean(dir: string, staged: Staging, source: FileHandle, type: string): Promise<Cleaned> {
  const window = new ByteWindow(staged.sizeBytes, async (buffer, at) => {
    const { bytesRead } = await source.read(buffer, 0, buffer.length, at);
    return bytesRead;
  });
  const head = await window.bytes(0, Math.min(sniffedBytes, staged.sizeBytes));
  const found = await fileTypeFromBuffer(head);
  if (found?.mime !== type) {
    throw new Problem('unsupported-media-type', {
      detail: `The file is not ${type}${found === undefined ? '' : ` but ${found.mime}`}.`,
    });
  }
  try {
    const image = await cleanImage(type, window);
    if (image === null) return { file: staged };
    const { parts, width, height } = image;
    return { file: await stageParts(dir, source, parts), size: { width, height } };
  } catch (error) {
    if (!(error instanceof MalformedImageError)) throw error;
    throw invalidField('body', 'malformed', 'The image is broken or cut short. Save it anew, then send it again.');
  }
}
