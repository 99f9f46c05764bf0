export { notificationMail, togetherMail } from './mails/notification-mail.ts';
export { type Notice, notify } from './notify.ts';
export { forgetNotices, lastTold, noticesAbout } from './own-notices.ts';
