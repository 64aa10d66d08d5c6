import type { OpenPlaceOptions, Place } from './place.ts';
import type { SftpAccess } from './place-access.ts';
import { sftpLogin } from './sftp-login.ts';
import { SftpSession } from './sftp-session.ts';
import { SftpStore } from './sftp-store.ts';

/**
 * A folder of an SSH server as a place. Throws DESTINATION_UNUSABLE where there is no such folder, or no signing in.
 * The host key is compared before anything secret is sent.
 */
export async function openSftpPlace(
  access: SftpAccess,
  options: OpenPlaceOptions = {},
): Promise<Place> {
  const login = sftpLogin(access);
  const session = new SftpSession(login, options);
  const store = new SftpStore(session, access.folder, login.place);
  try {
    await store.requireFolder();
  } catch (cause) {
    session[Symbol.dispose]();
    throw cause;
  }
  return {
    url: login.place,
    store,
    part: (name, start, bytes) => store.part(name, start, bytes),
    listBy: (prefix) => store.list(prefix),
    comparesChecksums: false,
    usage: null,
    clock: () => Promise.resolve(null),
    [Symbol.asyncDispose]: async () => session[Symbol.dispose](),
  };
}
