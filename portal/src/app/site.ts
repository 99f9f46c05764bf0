/** What the server tells its pages about itself, in a meta element: nothing inline runs here. */
export type Site = {
  readonly version?: string;
  /** Where mails can be read that are not sent: in development. */
  readonly mailbox?: boolean;
  /** The logins of the demo data, where there is some. Never in production. */
  readonly demo?: readonly {
    readonly role: 'patient' | 'doctor' | 'admin';
    readonly email: string;
    readonly password: string;
  }[];
};

export const site: Site = readSite();

function readSite(): Site {
  const content = document.querySelector('meta[name="openward-site"]')?.getAttribute('content');
  return content ? (JSON.parse(content) as Site) : {};
}
