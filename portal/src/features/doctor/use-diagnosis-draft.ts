import { useDraft } from '#app/draft.ts';

const fields = ['title', 'icd10', 'description', 'recommendations'] as const;
export type DiagnosisField = (typeof fields)[number];

/** What a doctor is writing about a request, field by field, until it is sent. */
export function useDiagnosisDraft(requestId: string) {
  const drafts = {
    title: useDraft(`diagnosis.${requestId}.title`),
    icd10: useDraft(`diagnosis.${requestId}.icd10`),
    description: useDraft(`diagnosis.${requestId}.description`),
    recommendations: useDraft(`diagnosis.${requestId}.recommendations`),
  };
  return {
    text: (field: DiagnosisField) => drafts[field][0],
    /** By the name of the field that was typed into; others are none of its business. */
    set: (name: string, text: string) => {
      const field = fields.find((field) => field === name);
      if (field !== undefined) drafts[field][1](text);
    },
    forget: () => {
      for (const field of fields) drafts[field][2]();
    },
    hasText: fields.some((field) => drafts[field][0] !== ''),
  };
}
