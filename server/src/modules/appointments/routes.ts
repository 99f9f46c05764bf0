import * as contract from '@openward/contracts';
import { serve } from '#platform/http/route.ts';
import { bookAppointment } from './book-appointment.ts';
import { cancelAppointment } from './cancel-appointment.ts';
import { addHourException, removeHourException } from './change-exceptions.ts';
import { downloadAppointment } from './download-appointment.ts';
import { getHours, listHourExceptions } from './get-hours.ts';
import { getAppointment, listAppointments } from './list-appointments.ts';
import { listSlots } from './list-slots.ts';
import { markNoShow } from './mark-no-show.ts';
import { moveAppointment } from './move-appointment.ts';
import { setHours } from './set-hours.ts';

export const appointmentRoutes = [
  serve(contract.getHours, 'read', getHours),
  serve(contract.setHours, 'write', setHours),
  serve(contract.listHourExceptions, 'read', listHourExceptions),
  serve(contract.addHourException, 'write', addHourException),
  serve(contract.removeHourException, 'write', removeHourException),
  // A month of slots is computed.
  serve(contract.listSlots, 'read', listSlots, { weight: 5 }),
  serve(contract.bookAppointment, 'write', bookAppointment, { priority: 'care' }),
  serve(contract.listAppointments, 'read', listAppointments),
  serve(contract.getAppointment, 'read', getAppointment),
  serve(contract.downloadAppointment, 'read', downloadAppointment),
  serve(contract.moveAppointment, 'write', moveAppointment),
  serve(contract.cancelAppointment, 'write', cancelAppointment),
  serve(contract.markNoShow, 'write', markNoShow),
];
