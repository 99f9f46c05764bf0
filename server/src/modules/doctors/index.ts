export { eraseComments } from './erase-comments.ts';
export { findDoctor } from './get-doctor.ts';
export { createDoctor, eraseDoctor, syncDoctor, updateDoctorProfile } from './keep-doctor.ts';
export { escapeLike } from './list-doctors.ts';
export { ratingsAbout } from './ratings-about.ts';
export { recordRating } from './record-rating.ts';
export { ratingsIn, reportRatings } from './report-ratings.ts';
export { doctors, ratings } from './tables.ts';
export { doctorProfileView, doctorView, isSpecialty, specialtyView } from './view.ts';
