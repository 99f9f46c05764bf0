export { createUserWithLink } from './create-user.ts';
export { updateMe } from './me.ts';
export { banUser } from './moderate-user.ts';
export { uploadDocument } from './own-documents.ts';
