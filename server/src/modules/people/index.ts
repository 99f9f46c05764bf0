export { createUser, createUserWithLink } from './create-user.ts';
export { updateMe } from './me.ts';
export { approveDoctor, banUser } from './moderate-user.ts';
export { peopleRoutes } from './routes.ts';
