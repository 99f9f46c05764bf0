import type { Words } from './rules.ts';

export const english: Words = {
  'chest-pain': ['chest|breastbone + pain*|hurt*|pressure|tight*|crush*|squeez*|ache*|aching', 'heart attack'],
  stroke: [
    'face|mouth + droop*|lopsided|fallen on one side',
    'slurr* + speech|words|speaking',
    'one side|left side|right side + weak*|numb*|paralys*|paralyz*',
    'arm|leg|face + weak*|numb*|paralys*|paralyz* + sudden*',
    'having a stroke|had a stroke|signs of a stroke|stroke symptoms|a stroke',
    'cannot speak|cant speak|unable to speak + sudden*',
  ],
  breathing: [
    'cant breathe|cannot breathe|can not breathe|unable to breathe|not breathing|stopped breathing|hardly breathe',
    'trouble breathing|difficulty breathing|breathing difficult*|hard to breathe|struggl* to breathe|struggling for breath|gasping|choking',
    'short of breath|shortness of breath|breathless + severe*|sudden*|at rest|resting|speak|talk',
    'lips|face + blue|bluish',
  ],
  'severe-bleeding': [
    'bleed* + heavy|heavily|severe*|wont stop|cant stop|will not stop|does not stop|doesnt stop|a lot|badly',
    'blood + spurting|pouring|gushing|soaked',
    'vomit*|throwing up|threw up|cough* up|coughing up + blood',
  ],
  anaphylaxis: [
    'tongue|lips + swell*|swollen',
    'throat + closing|closes|closed up|swelling up',
    'anaphyla*',
    'allergic reaction + severe*|breath*|swell*|swollen|throat',
  ],
  'suicidal-thoughts': [
    'suicid*|kill myself|killing myself|end my life|ending my life|take my own life|end it all',
    'want to die|wish i was dead|wish i were dead|better off dead|dont want to live|do not want to live|no reason to live',
    'hurt myself on purpose|harm myself|hurting myself|harming myself|self harm*',
  ],
  unconscious: [
    'unconscious|unresponsive|passed out|lost consciousness|loss of consciousness|collapsed',
    'wont wake up|will not wake up|cannot be woken|cant be woken|does not wake up|doesnt wake up',
  ],
  seizure: ['seizure*|convuls*|having a fit|had a fit|epileptic fit|epileptic fits'],
  meningitis: [
    '~ stiff neck|neck is stiff|neck stiffness|neck is very stiff + fever|headache*|light|rash|vomit*',
    'rash + does not fade|doesnt fade|wont fade|not fading|glass test',
  ],
  sepsis: ['~ fever|infection|high temperature + confus*|disorient*|mottled|delirious', 'sepsis'],
  'pregnancy-bleeding': [
    '~ pregnan* + bleed*|spotting|waters broke|water broke|stopped moving|baby is not moving|baby not moving',
  ],
  'baby-fever': ['~ baby|newborn|infant|weeks old|month old|months old + fever|high temperature|temperature of'],
  poisoning: [
    'overdos*|been poisoned|carbon monoxide',
    'swallow*|drank|drunk|drinking|ate|eaten + bleach|poison|detergent|antifreeze|battery|batteries|cleaner',
    'took|taken|swallowed + too many|all the pills|all my pills|all her pills|all his pills',
  ],
  burns: [
    'burn|burns|burnt|burned|scald* + large|deep|face|blister*|chemical*|electric*|acid|boiling|hand|hands|charred|child|baby',
  ],
  'worst-headache': ['headache*|head pain + worst|thunderclap|sudden*|explosive|explod*'],
  'vision-loss': [
    'sudden* + blind*|cannot see|cant see|lost vision|lost my vision|lost my sight|vision loss|loss of vision|double vision',
    'went blind|gone blind',
  ],
  'head-injury': [
    '~ hit my head|hit his head|hit her head|head injury|fell on my head|fell on his head|fell on her head|blow to the head|banged my head|banged his head|banged her head + vomit*|unconscious|confus*|drowsy|passed out|blood|sick',
  ],
  'severe-belly-pain': ['stomach|belly|abdom* + pain*|ache*|hurt* + sudden*|severe*|unbearable|worst|rigid'],
};
