import type {
  DestinationInput,
  DestinationPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { type AddressInput, encodePath, type PlaceValues } from './new-place.ts';

const SSH_PORT = '22';
const URL_PARTS = /^sftp:\/\/([^@]*)@(.*?)(?::(\d+))?(\/.*)$/;

/** How an SFTP place is read into the form, and what the form sends. */
export const sftpPlace = {
  read({ url, hostKey, hasSecret }: DestinationPartsFragment): Partial<PlaceValues> {
    const [, user = '', host = '', port = SSH_PORT, path = ''] = URL_PARTS.exec(url) ?? [];
    return {
      user: decodeURIComponent(user),
      host: host.replace(/^\[(.*)\]$/, '$1'),
      port,
      path: decodeURIComponent(path).replace(/^\/~\//, ''),
      login: hasSecret ? 'kept' : 'password',
      hostKey: hostKey ?? '',
    };
  },

  input(values: PlaceValues): AddressInput {
    return { url: sftpUrl(values), hostKey: values.hostKey.trim(), ...loginInput(values) };
  },
};

/** A folder without a slash before it is below the user's home. */
function sftpUrl({ user, host, port, path }: PlaceValues): string {
  const name = host.trim();
  const peer = name.includes(':') ? `[${name}]` : name;
  const folder = path.trim().startsWith('/') ? path.trim() : `/~/${path.trim()}`;
  const at = port === SSH_PORT ? peer : `${peer}:${port}`;
  return `sftp://${encodeURIComponent(user.trim())}@${at}${encodePath(folder)}`;
}

/** Empty texts take back the secret of the other kind. */
function loginInput({
  login,
  password,
  privateKey,
  passphrase,
}: PlaceValues): Omit<DestinationInput, 'url'> {
  if (login === 'kept') return {};
  if (login === 'password') return { password, privateKey: '', passphrase: '' };
  return { password: '', privateKey, passphrase };
}
