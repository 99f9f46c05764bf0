import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { create } from 'fontkit';
import PDFDocument from 'pdfkit';

const fontFile = (name: string) => readFileSync(fileURLToPath(new URL(`./fonts/${name}`, import.meta.url)));
const regular = fontFile('DejaVuSans.ttf');
const bold = fontFile('DejaVuSans-Bold.ttf');
const faces = [regular, bold].map((file) => {
  const face = create(file);
  if (!('hasGlyphForCodePoint' in face)) throw new Error('A font of documents is a collection.');
  return face;
});

const cm = 28.35;
const margin = 2 * cm;
const ink = { text: '#1b2430', faint: '#4d5968', line: '#b8c2cc' };

/** What of a text cannot be set stands as this sign, which the font has, so that nobody takes the rest for all of it. */
export const missingSign = '□';

/** Written from right to left: letters there are, but nobody here sets them in their order. */
const rightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u;

/** A document that is read as it is heard: titled, tagged, in one language, with its pages counted. */
export type Document = {
  heading(level: 1 | 2 | 3, text: string): void;
  paragraph(text: string, look?: { faint?: boolean; bold?: boolean; size?: number }): void;
  /** A name and what it is. */
  fact(name: string, value: string): void;
  rule(): void;
  /** Whether some character could not be set. */
  readonly hasMissing: boolean;
  end(footerOf: (page: number, pages: number) => string): Promise<Buffer>;
};

/** A4, in a font that has Latin, Greek, Cyrillic, Armenian and Georgian letters. */
export function openDocument(info: { title: string; language: string; author: string; madeAt: Date }): Document {
  const { title, language, author, madeAt } = info;
  // The types know no PDF/UA yet.
  const pdf = new PDFDocument({
    ...{ size: 'A4', margin, pdfVersion: '1.7', subset: 'PDF/UA', tagged: true, bufferPages: true },
    ...{ lang: language, displayTitle: true },
    info: { Title: title, Author: author, CreationDate: madeAt },
  } as unknown as PDFKit.PDFDocumentOptions);
  const chunks: Buffer[] = [];
  pdf.on('data', (chunk: Buffer) => chunks.push(chunk));
  pdf.registerFont('regular', regular);
  pdf.registerFont('bold', bold);
  const root = pdf.struct('Document');
  pdf.addStructure(root);
  let hasMissing = false;
  const setable = (text: string) => {
    const shown = toSetable(text);
    hasMissing ||= shown !== text.normalize('NFC') && shown.includes(missingSign);
    return shown;
  };
  const add = (tag: string, draw: () => void) => root.add(pdf.struct(tag, {}, [draw]));
  const sizes = { 1: 20, 2: 13, 3: 10.5 } as const;
  const roomFor = (height: number) => {
    if (pdf.y + height > pdf.page.height - margin - cm) pdf.addPage();
  };
  return {
    heading: (level, text) => {
      roomFor(2.5 * cm);
      add(`H${level}`, () => {
        pdf.moveDown(level === 2 ? 0.6 : 0);
        pdf.font('bold').fontSize(sizes[level]).fillColor(ink.text).text(setable(text));
        pdf.moveDown(0.3);
      });
    },
    paragraph: (text, { faint = false, bold: strong = false, size = 10.5 } = {}) =>
      void add('P', () => {
        pdf
          .font(strong ? 'bold' : 'regular')
          .fontSize(size)
          .fillColor(faint ? ink.faint : ink.text);
        pdf.text(setable(text), { lineGap: 2, paragraphGap: 4 });
      }),
    fact: (name, value) =>
      void add('P', () => {
        pdf
          .font('regular')
          .fontSize(10.5)
          .fillColor(ink.faint)
          .text(`${setable(name)}: `, { continued: true, lineGap: 2 });
        pdf.fillColor(ink.text).text(setable(value), { lineGap: 2 });
      }),
    rule: () => {
      roomFor(cm);
      pdf.markContent('Artifact', { type: 'Layout' });
      const y = pdf.y + 6;
      pdf
        .moveTo(margin, y)
        .lineTo(pdf.page.width - margin, y)
        .lineWidth(0.7)
        .strokeColor(ink.line)
        .stroke();
      pdf.endMarkedContent();
      pdf.y = y + 8;
    },
    get hasMissing() {
      return hasMissing;
    },
    end: (footerOf) => {
      root.end();
      const { start, count } = pdf.bufferedPageRange();
      for (let index = 0; index < count; index += 1) {
        pdf.switchToPage(start + index);
        pdf.page.margins.bottom = 0;
        pdf.markContent('Artifact', { type: 'Pagination' });
        pdf.font('regular').fontSize(8).fillColor(ink.faint);
        const width = pdf.page.width - 2 * margin;
        pdf.text(setable(footerOf(index + 1, count)), margin, pdf.page.height - margin + 8, {
          width,
          align: 'center',
          lineBreak: false,
        });
        pdf.endMarkedContent();
      }
      return new Promise((resolve, reject) => {
        pdf.once('end', () => resolve(Buffer.concat(chunks)));
        pdf.once('error', reject);
        pdf.end();
      });
    },
  };
}

/** A text with a sign for each character that the font has not, or that would stand in a wrong order. */
export function toSetable(text: string): string {
  return Array.from(text.normalize('NFC').replaceAll('\r\n', '\n'), (character) => {
    if (character === '\n' || character === '\t') return character;
    if (invisible.test(character)) return '';
    const code = character.codePointAt(0) ?? 0;
    const isKnown = faces.every((face) => face.hasGlyphForCodePoint(code));
    return isKnown && !rightToLeft.test(character) ? character : missingSign;
  }).join('');
}
