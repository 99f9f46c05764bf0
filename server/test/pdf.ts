import { inflateSync } from 'node:zlib';

/** A PDF as a test looks at it: what a reader sees, page by page, and the objects as they are. */
export function readPdf(bytes: Buffer): { pages: string[]; objects: string } {
  const raw = bytes.toString('latin1');
  const objects = new Map<string, { head: string; stream: string }>();
  for (const [, id = '', body = ''] of raw.matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [head = '', stream] = body.split('\nstream\n');
    const content = stream === undefined ? '' : stream.replace(/\nendstream$/, '');
    const isPacked = head.includes('/FlateDecode') && !head.includes('/Length1');
    objects.set(id, { head, stream: isPacked ? inflateSync(Buffer.from(content, 'latin1')).toString('latin1') : '' });
  }
  const at = (id = '') => objects.get(id) ?? { head: '', stream: '' };
  const lettersOf = (fontId: string) => {
    const map = at(/\/ToUnicode (\d+)/.exec(at(fontId).head)?.[1]).stream;
    const letters = new Map<number, string>();
    for (const [, from = '', list = ''] of map.matchAll(/<(\w+)> <\w+> \[([^\]]*)\]/g)) {
      for (const [index, [, hex = '']] of [...list.matchAll(/<([^>]*)>/g)].entries())
        letters.set(
          Number.parseInt(from, 16) + index,
          Buffer.from(hex.replaceAll(' ', ''), 'hex').swap16().toString('utf16le'),
        );
    }
    return letters;
  };
  const pages = [...objects.values()]
    .filter(({ head }) => /\/Type \/Page\b/.test(head))
    .map(({ head }) => {
      const resources = /\/Resources (\d+)/.exec(head)?.[1];
      const fonts = new Map(
        [...at(resources).head.matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', id = '']) => [name, lettersOf(id)]),
      );
      return textOf(at(/\/Contents (\d+)/.exec(head)?.[1]).stream, fonts);
    });
  return { pages, objects: [...objects.values()].map(({ head }) => head).join('\n') };
}

function textOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<number, string>>): string {
  let letters: ReadonlyMap<number, string> = new Map();
  let text = '';
  for (const [, font, shown] of content.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (font !== undefined) letters = fonts.get(font) ?? letters;
    const glyphs = [...(shown ?? '').matchAll(/<([0-9a-f]*)>/gi)].map(([, hex = '']) => hex).join('');
    for (const [glyph] of glyphs.matchAll(/\w{4}/g)) text += letters.get(Number.parseInt(glyph, 16)) ?? '?';
    if (shown !== undefined) text += ' ';
  }
  return text.replaceAll(/\s+/g, ' ');
}
