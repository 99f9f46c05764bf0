import { createUser } from '@openward/contracts';
import { eq } from 'drizzle-orm';
import type { Config } from '../config.ts';
import type { Ctx } from '../context.ts';
import { emailLinks, linkUrl } from '../modules/identity/index.ts';
import { createUserWithLink } from '../modules/people/index.ts';
import { compileValidator, fieldErrors } from '../platform/http/validation.ts';
import { withPlatform } from './with-platform.ts';

/** `admin create --email … --name …`: also beside a running server. Prints the link that sets the password. */
export async function admin(
  config: Config,
  act: string | undefined,
  { email, name }: { email?: string | undefined; name?: string | undefined },
): Promise<void> {
  if (act !== 'create') throw new Error('Say admin create --email … --name ….');
  if (email === undefined)
    throw new Error('Say for whom: admin create --email someone@example.org --name "Their Name".');
  const input = { email, fullName: name ?? 'Administrator', role: 'admin' as const };
  const validate = compileValidator(createUser.body, 'body');
  if (!validate(input))
    throw new Error(
      fieldErrors(validate.errors)
        .map(({ detail }) => detail)
        .join(' '),
    );
  const say = (message: string) => void process.stdout.write(`${message}\n`);
  await withPlatform(config, say, async (ctx) => {
    const { linkId } = await createUserWithLink(ctx, input);
    say(`The account is made. Set its password within 20 minutes:\n${await linkOf(ctx, linkId)}`);
  });
}

async function linkOf(ctx: Ctx, linkId: string): Promise<string> {
  const [link] = await ctx.db.select().from(emailLinks).where(eq(emailLinks.id, linkId));
  if (link === undefined) throw new Error('The link was not stored.');
  return linkUrl(ctx, link, 'admin');
}
