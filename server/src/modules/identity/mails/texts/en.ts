/** Identity's mails. Sentences go on after „Hello Ana,“. */
export const english = {
  links: {
    'verify-email': {
      subject: 'Confirm your address',
      paragraphs: ['confirm that this address is yours. The link is good for 24 hours.'],
      label: 'Confirm the address',
    },
    'reset-password': {
      subject: 'Choose a new password',
      paragraphs: [
        'somebody, we hope you, asked for a new password. The link is good for 20 minutes. If it was not you, do nothing: the password stays as it is.',
      ],
      label: 'Choose a new password',
    },
    'set-password': {
      subject: 'Your account is ready',
      paragraphs: [
        'an account was made for you. Choose a password to use it. The link is good for 20 minutes; after that, ask for a new one under “Forgot your password?”.',
      ],
      label: 'Choose a password',
    },
    'confirm-email': {
      subject: 'Confirm your new address',
      paragraphs: ['confirm that this is your new address. The link is good for 20 minutes.'],
      label: 'Confirm the new address',
    },
    'confirm-deletion': {
      subject: 'Confirm that you want to delete your account',
      paragraphs: [
        'you asked us to delete your account. This cannot be undone. The link is good for 20 minutes. If it was not you, change your password now.',
      ],
      label: 'Delete the account',
    },
    'undo-email-change': {
      subject: 'Your address was changed',
      paragraphs: [
        'your account uses another address from now on, and your other devices were logged out. If it was you, do nothing.',
        'If it was not you, undo it with this link: this address counts again, everybody is logged out, and you choose a new password. The link is good for seven days, whatever is changed in the account meanwhile.',
      ],
      label: 'It was not me: undo the change',
    },
  },
  emailChange: {
    asked: {
      subject: 'Somebody wants to change your address',
      text: 'somebody, we hope you, asked to use another address for your account. Until that address is confirmed, nothing changes. If it was not you, change your password now.',
    },
    restored: {
      subject: 'Your address is back',
      text: 'the change of your address was undone: your account uses this one again. All devices were logged out and the password counts no more. Choose a new one with the link in our other mail, or under “Forgot your password?”, and look at your second factor and your profile.',
    },
    undone: {
      subject: 'The change of your address was undone',
      text: 'whoever has the address that your account had before has taken the change back: the account no longer uses this address, and all devices were logged out. If the account is yours and you did not want this, write to the clinic at once.',
    },
  },
  addressKept: {
    subject: 'This address is kept for its last account',
    text: 'somebody, perhaps you, wants to use this address for an account. An account that had it has changed to another one, and until {until} that change can be undone with the link that we mailed here. If the change was not yours, undo it now; if you want the address for another account, try again after that time.',
  },
  newDevice: {
    subject: 'A login from a new device',
    paragraphs: [
      'somebody, we hope you, logged in to your account on a device or in a place that it was not used from lately: {device}, on {when}, from the address {ip}.',
      'If it was you, do nothing. If it was not, end that session in the list of your devices and change your password at once.',
    ],
    device: { unknown: 'unknown device', unknownBrowser: 'unknown browser', on: '{name} on {system}' },
    unknownAddress: 'unknown',
    label: 'See your devices',
  },
  recoveryCode: {
    subject: 'A recovery code was used',
    used: {
      one: 'one of your recovery codes was used as your second factor. You have {count} unused code left.',
      other: 'one of your recovery codes was used as your second factor. You have {count} unused codes left.',
    },
    few: 'Turn every second factor off and one on again to get new ones.',
    notYou: 'If it was not you, choose a new password at once under “Forgot your password?” and write to the clinic.',
  },
  appeal: {
    lift: {
      subject: 'Your ban is lifted',
      text: 'we have looked at your ban again and lifted it. You can log in.',
    },
    keep: {
      subject: 'Your ban stays',
      text: 'we have looked at your ban again, and it stays. When you log in you see until when.',
    },
  },
  approval: {
    approved: {
      subject: 'Your account is approved',
      text: 'an admin has approved your account. Patients can find you now, and you can take requests.',
    },
    'change-approved': {
      subject: 'Your change is approved',
      text: 'an admin has approved what you asked to change. Patients find you with it from now on.',
    },
    rejected: {
      subject: 'Your account is not approved',
      text: 'an admin has looked at your account and not approved it. You can correct what is missing and hand in again.',
    },
    'change-rejected': {
      subject: 'Your change is not approved',
      text: 'an admin has not approved what you asked to change. You stay approved as before, and can ask again.',
    },
    reason: 'What the admin wrote: {reason}',
    label: 'Open Openward',
  },
  labels: { logIn: 'Log in', notMe: 'It was not me', seeWhy: 'See why' },
  notices: {
    'already-registered': {
      subject: 'You already have an account',
      text: 'somebody, perhaps you, tried to register with this address. You have an account already: log in, or choose a new password under “Forgot your password?”. If it was not you, nothing has happened.',
    },
    'password-changed': {
      subject: 'Your password was changed',
      text: 'your password was changed and all your other devices were logged out. If it was not you, choose a new password at once under “Forgot your password?”.',
    },
    'login-failures': {
      subject: 'Several failed logins',
      text: 'somebody tried to log in to your account several times with a wrong password or code. Your account is not locked. If it was you, there is nothing to do. If not, choose a long password that you use nowhere else under “Forgot your password?”, and turn on a second factor.',
    },
    'sessions-ended-for-safety': {
      subject: 'We logged a device out',
      text: 'a login of yours was used in a way that a copied one would be, so we ended it. Log in again. If you did not expect this, change your password.',
    },
    'sessions-ended-by-admin': {
      subject: 'You were logged out',
      text: 'an admin has logged all your devices out. You can log in again. If you do not know why, write to the clinic.',
    },
    'mfa-enabled': {
      subject: 'Your second factor is on',
      text: 'from now on, logging in takes a code of your authenticator beside the password. Keep the recovery codes where you find them without your phone. If it was not you, choose a new password at once under “Forgot your password?” and write to the clinic.',
    },
    'mfa-disabled': {
      subject: 'Your second factor is off',
      text: 'from now on, the password alone is enough to log in. If it was not you, choose a new password at once under “Forgot your password?”.',
    },
    'totp-added': {
      subject: 'An authenticator was added',
      text: 'from now on, codes of an authenticator are good as your second factor too, beside your passkeys. If it was not you, choose a new password at once under “Forgot your password?” and write to the clinic.',
    },
    'totp-removed': {
      subject: 'Your authenticator was removed',
      text: 'codes of your authenticator are good no more; your passkeys stay. If it was not you, choose a new password at once under “Forgot your password?” and write to the clinic.',
    },
    'passkey-added': {
      subject: 'A passkey was added',
      text: 'a passkey was added to your account. It logs you in by itself, and beside the password it is your second factor. If it was not you, a new password is not enough: log in, remove the passkey, then change the password, and write to the clinic.',
    },
    'passkey-removed': {
      subject: 'A passkey was removed',
      text: 'a passkey was removed from your account: it logs in no more. If it was not you, choose a new password at once under “Forgot your password?” and write to the clinic.',
    },
    'passkey-cloned': {
      subject: 'We refused one of your passkeys',
      text: 'one of your passkeys counted backwards, as a copy of it would, so we did not let it in. Log in another way, remove it, and add a new one. If you do not know of a copy, write to the clinic.',
    },
    'mfa-reset': {
      subject: 'Your second factor was reset',
      text: 'an admin has turned your second factor off, removed your passkeys, and logged all your devices out. Log in with your password and set it up anew. If you did not ask for it, write to the clinic at once.',
    },
    'appeal-received': {
      subject: 'We have your appeal',
      text: 'somebody who knows your password, we hope you, has asked us to look at your ban again. You get a mail with our answer. If it was not you, choose a new password under “Forgot your password?”.',
    },
    banned: {
      subject: 'Your account is banned',
      text: 'an admin has banned your account. When you log in you see why and until when.',
    },
  },
} as const;
