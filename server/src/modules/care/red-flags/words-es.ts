import type { Words } from './rules.ts';

export const spanish: Words = {
  'chest-pain': [
    'pecho|tórax|esternón + dolor*|duele*|presión|opresión|aprieta*|oprime*',
    'infarto*|ataque al corazón|ataque cardíaco|angina de pecho',
  ],
  stroke: [
    'cara|boca + torcid*|caíd*|desviad*',
    'no puedo hablar|no puede hablar|habla arrastrada|habla trabada|arrastra las palabras|arrastro las palabras',
    'un lado|lado izquierdo|lado derecho|mitad + paraliz*|parálisis|adormecid*|debilidad|sin fuerza',
    'brazo|pierna|cara + paraliz*|adormecid*|dormid*|debilidad|sin fuerza + repent*|súbit*|de golpe',
    'ictus|derrame cerebral|embolia cerebral|accidente cerebrovascular',
  ],
  breathing: [
    'no puedo respirar|no puede respirar|no respira|apenas respira|apenas puedo respirar|dejó de respirar',
    'dificultad para respirar|dificultad respiratoria|cuesta respirar|cuesta mucho respirar|me ahogo|se ahoga|me estoy ahogando|asfixia*|me falta el aire|le falta el aire|falta de aire',
    'labios|cara + azul*|morad*',
  ],
  'severe-bleeding': [
    'sangrado|sangra|sangro|sangrando|hemorragia + abundante*|mucho|no para|no se detiene|fuerte|intens*|grave',
    'sangre + a chorro|chorros|borbotones',
    'mucha sangre + pierdo|pierde|perdido|perdí',
    'vomit*|vómito*|toso|tosiendo|tose|escup* + sangre',
  ],
  anaphylaxis: [
    'lengua|labios + hinch*',
    'garganta + se cierra|se me cierra|se le cierra|cerrando',
    'anafila*',
    'reacción alérgica + grave|respir*|hinch*|garganta',
  ],
  'suicidal-thoughts': [
    'suicid*|matarme|quitarme la vida|acabar con mi vida|acabar con todo',
    'quiero morir|quiero morirme|ganas de morir|no quiero vivir|no quiero seguir viviendo|mejor muerto|mejor muerta',
    'hacerme daño|autolesi*|autolesion*|cortarme las venas',
  ],
  unconscious: [
    'inconsciente|perdió el conocimiento|perdí el conocimiento|perdió la conciencia|pérdida de conocimiento|se desmayó|me desmayé|se desplomó',
    'no despierta|no responde|no reacciona',
  ],
  seizure: ['convulsi*|convulsion*|ataque epiléptico|crisis epiléptica|ataque de epilepsia'],
  meningitis: [
    '~ cuello rígido|cuello muy rígido|rigidez de cuello|rigidez de nuca|rigidez en el cuello|nuca rígida + fiebre|dolor de cabeza|luz|vómit*|vomit*|manchas',
    'manchas + no desaparecen|prueba del vaso',
  ],
  sepsis: ['~ fiebre|infección + confus*|desorientad*|delir*|piel moteada', 'sepsis|septicemia'],
  'pregnancy-bleeding': [
    '~ embaraz* + sangrado|sangro|sangra|sangrando|hemorragia|manchado|rompí aguas|roto aguas|bebé no se mueve|dejó de moverse',
  ],
  'baby-fever': [
    '~ bebé|recién nacido|recién nacida|lactante|semanas de vida|meses de edad|meses de vida + fiebre|calentura|temperatura alta|temperatura de',
  ],
  poisoning: [
    'sobredosis|envenen*|monóxido de carbono',
    'tragó|tragado|tragué|bebió|bebido|bebí|ingirió|ingerido|ingerí|comió + lejía|veneno|detergente|anticongelante|pila|pilas|producto de limpieza',
    'tomó|tomado|tomé + demasiadas pastillas|muchas pastillas|todas las pastillas|todas mis pastillas|demasiadas|demasiados',
  ],
  burns: [
    'quemad*|quemé|quemó|escald* + grande|extensa|profund*|cara|ampoll*|químic*|eléctric*|ácido|hirviendo|mano|manos|niño|niña|bebé',
  ],
  'worst-headache': [
    'dolor de cabeza|cefalea + el peor|la peor|peor de mi vida|repent*|súbit*|explosiv*|de golpe|trueno',
  ],
  'vision-loss': [
    'de repente|repentin*|súbit*|de golpe + no veo|ceguera|ciego|ciega|pérdida de visión|perdí la visión|perdí la vista|visión doble',
  ],
  'head-injury': [
    '~ golpe en la cabeza|golpeé la cabeza|golpeó la cabeza|cayó de cabeza|caí de cabeza|traumatismo craneal + vómit*|vomit*|inconsciente|confus*|somnolient*|sangr*|desmay*',
  ],
  'severe-belly-pain': [
    'abdom*|barriga|vientre|estómago|tripa + dolor*|duele* + súbit*|repent*|insoportable|fortísim*|muy fuerte|rígid*',
  ],
};
