export { bookAppointment } from './book-appointment.ts';
export { cancelAppointmentsOf } from './cancel-appointments-of.ts';
export { listSlots } from './list-slots.ts';
export { appointmentMail } from './mails/appointment-mail.ts';
export { appointmentsAbout, eraseHours, hoursAbout, removeAppointmentTexts } from './own-data.ts';
export { setHours } from './set-hours.ts';
