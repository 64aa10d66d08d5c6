import { networks } from '#config';
import { type Mail, type MailServer, sendMail } from './send-mail.ts';

/** Sends one mail in a process that trusts what NODE_EXTRA_CA_CERTS names: `SERVER MAIL`, both as JSON. */
const [server = '', mail = ''] = process.argv.slice(2);
const privateNetworks = networks(['127.0.0.0/8', '::1']);
await sendMail(
  { ...(JSON.parse(server) as MailServer), privateNetworks },
  JSON.parse(mail) as Mail,
  new AbortController().signal,
);
