import type { Language } from '@openward/contracts';
import { specialtyNames as german } from '@openward/contracts/specialty-names/de';
import { specialtyNames as english } from '@openward/contracts/specialty-names/en';
import { specialtyNames as spanish } from '@openward/contracts/specialty-names/es';
import { type Document, missingSign, openDocument } from '#platform/pdf/open-document.ts';
import { isSpecialty, specialtyView } from '#server/modules/doctors/index.ts';
import type { Finding, SummaryContent } from './summary-content.ts';
import { type SummaryWords, summaryWords } from './summary-words.ts';

export type Print = { code: string; madeAt: string; checkUrl: string; language: Language; timeZone: string };

/** Sets a summary on paper. */
export async function printSummary(content: SummaryContent, print: Print): Promise<Buffer> {
  const words = summaryWords[print.language];
  const document = openDocument({
    title: words.title,
    language: print.language,
    author: content.doctor.fullName,
    madeAt: new Date(print.madeAt),
  });
  const when = timeTeller(print);
  document.heading(1, words.title);
  document.fact(words.patient, content.patient.fullName);
  if (content.patient.birthDate !== null) document.fact(words.born, dayTeller(print)(content.patient.birthDate));
  const { fullName, specialty } = content.doctor;
  document.fact(words.doctor, `${fullName} (${nameOf(specialty, print.language)})`);
  document.fact(words.askedAt, when(content.submittedAt));
  document.fact(words.madeAt, when(print.madeAt));
  document.rule();
  for (const finding of content.findings) printFinding(document, finding, words, when);
  document.rule();
  document.heading(2, words.checkTitle);
  document.paragraph(print.code, { bold: true, size: 13 });
  document.paragraph(words.check.replace('{url}', print.checkUrl));
  document.paragraph(words.times.replace('{zone}', print.timeZone), { faint: true, size: 9 });
  if (document.hasMissing) document.paragraph(words.missing.replace('{sign}', missingSign), { faint: true, size: 9 });
  return document.end((page, pages) =>
    words.page.replace('{page}', String(page)).replace('{pages}', String(pages)).replace('{code}', print.code),
  );
}

function printFinding(document: Document, finding: Finding, words: SummaryWords, when: (at: string) => string): void {
  const { title, icd10, description, recommendations, corrections, doctor, writtenAt, version } = finding;
  document.heading(2, icd10 === null ? title : `${title} (ICD-10 ${icd10})`);
  document.paragraph(words.writtenBy.replace('{doctor}', doctor).replace('{when}', when(writtenAt)), {
    faint: true,
    size: 9,
  });
  for (const [index, { at, reason }] of corrections.entries()) {
    const mark = words.corrected.replace('{version}', String(index + 2)).replace('{when}', when(at));
    document.paragraph(`${mark} ${reason}`, { bold: index + 2 === version });
  }
  document.paragraph(description);
  document.heading(3, words.recommendations);
  document.paragraph(recommendations);
}

const specialtyNames = { en: english, es: spanish, de: german };

function nameOf(specialty: string, language: Language): string {
  return isSpecialty(specialty) ? specialtyNames[language][specialty] : specialtyView(specialty).name;
}

function timeTeller({ language, timeZone }: Print): (at: string) => string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short', timeZone });
  return (at) => format.format(new Date(at));
}

/** A birth date is a day, in whatever zone. */
function dayTeller({ language }: Print): (day: string) => string {
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
  return (day) => format.format(new Date(`${day}T00:00:00Z`));
}
