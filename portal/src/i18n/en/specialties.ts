export { specialtyNames as messages } from '@openward/contracts/specialty-names/en';
