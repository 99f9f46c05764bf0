import type { Case } from '../case.ts';
import { boneAndMuscleCases } from './bones-and-muscles.ts';
import { generalCases } from './general.ts';
import { heartAndLungCases } from './heart-and-lungs.ts';
import { innerOrganCases } from './inner-organs.ts';
import { mindAndNerveCases } from './mind-and-nerves.ts';
import { skinAndSenseCases } from './skin-and-senses.ts';
import { womenAndChildrenCases } from './women-and-children.ts';

/** Four for each specialty of the demo, the first of them with a conversation. */
export const cases: readonly Case[] = [
  ...generalCases,
  ...heartAndLungCases,
  ...skinAndSenseCases,
  ...womenAndChildrenCases,
  ...mindAndNerveCases,
  ...boneAndMuscleCases,
  ...innerOrganCases,
];
