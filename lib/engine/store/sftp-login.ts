import { createHash } from 'node:crypto';
import type {
  AnyAuthMethod,
  AuthHandlerMiddleware,
  KeyboardInteractiveAuthMethod,
  ParsedKey,
} from 'ssh2';
import ssh2 from 'ssh2';
import { FiberkeepError } from '#errors';
import { placeUrl, type SftpAccess } from './place-access.ts';
import { placeRefused } from './sftp-errors.ts';

/** How to sign in, with the private key read. */
export interface SftpLogin {
  readonly access: SftpAccess;
  readonly place: string;
  readonly key: ParsedKey | null;
}

/** Throws DESTINATION_UNUSABLE where the private key cannot be read. */
export function sftpLogin(access: SftpAccess): SftpLogin {
  const place = placeUrl(access);
  const { privateKey, passphrase } = access;
  if (privateKey === null) return { access, place, key: null };
  const key = ssh2.utils.parseKey(privateKey, passphrase ?? undefined);
  if (!(key instanceof Error) && key.isPrivateKey()) return { access, place, key };
  // Not the parser's message: it may quote the key.
  const detail =
    passphrase === null
      ? 'The private key cannot be read, or needs a passphrase.'
      : 'The private key cannot be read, or its passphrase is wrong.';
  throw placeRefused(place, detail);
}

/** As `ssh-keygen -lf` shows it. */
export function fingerprintOf(hostKey: Buffer): string {
  return `SHA256:${createHash('sha256').update(hostKey).digest('base64').replace(/=+$/, '')}`;
}

/** Why a server that shows this key is not to be trusted; null where it is. */
export function hostKeyRefusal({ access, place }: SftpLogin, hostKey: Buffer) {
  const fingerprint = fingerprintOf(hostKey);
  if (access.hostKey === fingerprint) return null;
  return access.hostKey === null
    ? new FiberkeepError('DESTINATION_UNUSABLE', {
        reason: 'hostKeyUnknown',
        params: { place, fingerprint },
      })
    : new FiberkeepError('DESTINATION_UNUSABLE', {
        reason: 'hostKeyDiffers',
        params: { place, fingerprint, expected: access.hostKey },
      });
}

/** Offers the key, then the password in both ways there are, each once and only where the server takes it. */
export function authHandlerOf({ access, key }: SftpLogin): AuthHandlerMiddleware {
  const methods = authMethods(access, key);
  return (left, _partialSuccess, next) => {
    let method = methods.shift();
    // Before the first try the server has not said what it takes.
    while (left && method && !left.includes(method.type)) method = methods.shift();
    // The types of ssh2 lack `false`: nothing is left.
    next(method ?? (false as never));
  };
}

function authMethods(access: SftpAccess, key: ParsedKey | null): AnyAuthMethod[] {
  const { user: username, password } = access;
  const byKey: AnyAuthMethod[] = key ? [{ type: 'publickey', username, key }] : [];
  if (password === null) return byKey;
  const prompt: KeyboardInteractiveAuthMethod['prompt'] = (_name, _text, _lang, prompts, answer) =>
    // More than one question asks for more than a password.
    answer(prompts.length === 1 ? [password] : prompts.map(() => ''));
  return [
    ...byKey,
    { type: 'password', username, password },
    { type: 'keyboard-interactive', username, prompt },
  ];
}
