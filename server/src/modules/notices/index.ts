export { mailTogetherJob } from './mail-together.ts';
export { notificationMail, togetherMail, writeNotice } from './mails/notification-mail.ts';
export { notify } from './notify.ts';
export { forgetNotices, lastTold, noticesAbout, toldOfLate } from './own-notices.ts';
