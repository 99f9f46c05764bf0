import { job } from '#platform/jobs/jobs.ts';

export type HandedOver = { requestId: string; fromDoctorId: string; toDoctorId: string };

/** A request has changed hands: for whoever has something of it with the doctor before. Handled by the appointments. */
export const handedOverJob = job<HandedOver>('care.handed-over');
