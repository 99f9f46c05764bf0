import type { Account, createUser as contract, InputOf } from '@openward/contracts';
import { violatedUnique } from '#platform/database/connect.ts';
import { sendMail } from '#platform/mail/send-mail.ts';
import { Problem } from '#platform/problem.ts';
import type { Ctx } from '#server/context.ts';
import { audit } from '#server/modules/audit/index.ts';
import {
  accountView,
  checkRoleFields,
  createAccount,
  findAccount,
  findAddressKeeper,
  holdActor,
  issueLink,
  linkMail,
  normalEmail,
} from '#server/modules/identity/index.ts';

/**
 * Makes an account of any role, a doctor already approved; the person gets a link to set a password, which also verifies
 * the address. @throws Problem 400, 409 `email-taken`.
 */
export async function createUser(ctx: Ctx, input: InputOf<typeof contract>): Promise<Account> {
  return ctx.tx(async (ctx) => {
    await holdActor(ctx);
    const { account } = await createUserWithLink(ctx, input);
    return account;
  });
}

/** The same, for the command line, which shows the link. @returns the account and its link's id. */
export async function createUserWithLink(
  ctx: Ctx,
  input: InputOf<typeof contract>,
): Promise<{ account: Account; linkId: string }> {
  checkRoleFields(input);
  const email = normalEmail(input.email);
  try {
    return await ctx.tx(async (ctx) => {
      const id = await createAccount(ctx, {
        ...input,
        email,
        passwordHash: null,
        emailVerified: false,
        approved: true,
      });
      // Only now: an address that is just being left is kept by what the insert has waited for.
      if ((await findAddressKeeper(ctx, email)) !== null) throw emailTaken();
      await audit(ctx, {
        action: 'account.created',
        subjectType: 'account',
        subjectId: id,
        details: { role: input.role },
      });
      const linkId = await issueLink(ctx, { accountId: id, purpose: 'set-password', email });
      await sendMail(ctx, linkMail, { linkId });
      const found = await findAccount(ctx, id);
      if (found === null) throw new Error('The account was not stored.');
      return { account: accountView(found), linkId };
    });
  } catch (error) {
    if (violatedUnique(error) !== 'accounts_email_key') throw error;
    throw emailTaken();
  }
}

function emailTaken(): Problem {
  return new Problem('email-taken', {
    detail: 'There is an account with this address, or there was one less than seven days ago.',
  });
}
