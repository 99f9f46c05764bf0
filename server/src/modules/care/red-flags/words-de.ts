import type { Words } from './rules.ts';

export const german: Words = {
  'chest-pain': [
    'brustschmerz*|herzschmerz*|brustenge|engegefühl in der brust',
    'brust|brustkorb|brustbein + schmerz*|druck|enge|eng|weh|sticht|stechen|brennt|brennen',
    'herzinfarkt*|herzanfall*|angina pectoris',
  ],
  stroke: [
    'gesicht|mundwinkel|mund + hängt|hängen|hängend*|schief|gelähmt',
    'kann nicht sprechen|nicht mehr sprechen|sprache verwaschen|verwaschene sprache|lallt|lalle',
    'eine seite|eine körperhälfte|körperhälfte|linke seite|rechte seite + gelähmt|lähmung*|taub|kraftlos|schwach',
    'arm|bein|gesicht + gelähmt|lähmung*|taub|kraftlos|schwach + plötzlich*|schlagartig',
    'schlaganfall*|halbseitenlähmung|halbseitig gelähmt|hirnschlag',
  ],
  breathing: [
    'atemnot|luftnot|erstick*|ringe nach luft|ringt nach luft|schwere atmung',
    'keine luft|kaum luft|schwer luft|schlecht luft + bekomm*|krieg*|hol*',
    'kann nicht atmen|kann nicht mehr atmen|kann kaum atmen|atmet nicht|atmet nicht mehr|nicht richtig atmen',
    'lippen|gesicht + blau|bläulich',
  ],
  'severe-bleeding': [
    'blutung*|blutet|blute + stark*|heftig*|massiv*|hört nicht auf|nicht auf|nicht stillen|nicht zu stillen|spritzt',
    'blut + erbrech*|erbroch*|erbricht|gespuckt|spuck*|huste*|hustet',
    'bluterbrechen|verblut*',
  ],
  anaphylaxis: [
    'zunge|lippen + schwill*|schwell*|geschwollen|anschwell*|angeschwollen|dick geworden',
    'hals|kehle|rachen + schnürt|zugeschwollen|schwillt zu|schwillt an',
    'anaphyla*|allergischer schock|allergischen schock',
    'allergische reaktion + schwer*|atem*|luft|schwell*|geschwollen',
  ],
  'suicidal-thoughts': [
    'suizid*|selbstmord*|selbsttötung|mich umbringen|mich umzubringen|mir das leben nehmen|mir das leben zu nehmen|mir etwas antun|mir etwas anzutun',
    'nicht mehr leben|will sterben|möchte sterben|sterben will|sterben möchte|lebensmüde|besser tot|lieber tot',
    'mich selbst verletz*|selbstverletz*|ritze mich|mich ritze',
  ],
  unconscious: [
    'bewusstlos*|ohnmächtig|nicht ansprechbar|bewusstsein verloren|kollabiert|zusammengebrochen',
    'reagiert nicht|wacht nicht auf|nicht aufzuwecken|nicht wecken',
  ],
  seizure: [
    'krampfanfall*|krampfanfäll*|fieberkrampf*|epileptischer anfall|epileptischen anfall|epileptische anfälle|krampft',
  ],
  meningitis: [
    '~ nackensteif*|steifer nacken|steifen nacken|nacken ist steif|nacken steif|nacken ganz steif + fieber|kopfschmerz*|licht*|erbrech*|erbroch*|ausschlag',
    'ausschlag|flecken + verschwinden nicht|verschwindet nicht|verblasst nicht|verblassen nicht|nicht wegdrücken|glastest',
  ],
  sepsis: [
    '~ fieber|infektion|infekt|entzündung + verwirrt*|desorientiert*|marmoriert*|delir*',
    'sepsis|blutvergiftung*',
  ],
  'pregnancy-bleeding': [
    '~ schwanger* + blutung*|blute|blutet|schmierblutung*|fruchtwasser|fruchtblase|baby bewegt sich nicht|kind bewegt sich nicht',
  ],
  'baby-fever': ['~ baby|säugling*|neugeboren*|wochen alt|monate alt + fieber|fiebert|temperatur von'],
  poisoning: [
    'überdosis|überdosier*|vergiftet|vergiftung|kohlenmonoxid',
    'verschluckt|getrunken|geschluckt|gegessen|verschluckte|trank + bleichmittel|reiniger|putzmittel|gift|knopfzelle*|batterie*|frostschutz*|spülmittel',
    'zu viele tabletten|alle tabletten|zu viele schlaftabletten|zu viele pillen',
  ],
  burns: [
    'verbrannt|verbrenn*|verbrüh* + groß*|tief*|gesicht|blase|blasen|chemi*|strom|säure|kochend*|hand|hände|kind|baby',
  ],
  'worst-headache': [
    'kopfschmerz*|kopfweh + schlimmste*|stärkste*|plötzlich*|schlagartig|explosionsartig*|wie ein donnerschlag',
    'vernichtungskopfschmerz*|donnerschlagkopfschmerz*',
  ],
  'vision-loss': [
    'plötzlich*|schlagartig + blind|sehe nichts|nichts mehr sehe|nichts mehr sehen|sehverlust|doppelbilder|doppelt',
    'erblindet',
  ],
  'head-injury': [
    '~ kopf gestoßen|kopf angeschlagen|kopf geschlagen|auf den kopf gefallen|auf den kopf gestürzt|kopfverletzung|schlag auf den kopf|schädel + erbrech*|erbroch*|erbricht|bewusstlos*|verwirrt|benommen|schläfrig|blut|blutet|übergeben',
  ],
  'severe-belly-pain': [
    'bauchschmerz*|bauchweh|unterbauchschmerz* + plötzlich*|unerträglich*|heftigste*|sehr stark*|stärkste*',
    'bauch + bretthart|unerträglich*',
  ],
};
