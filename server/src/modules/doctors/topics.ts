import { topic } from '#platform/bus/bus.ts';

/** A doctor may accept requests again, or no more: those who wait for one of the specialty ask anew. */
export const availabilityChanged = topic<{ doctorId: string; specialty: string }>('doctors.availability-changed');
