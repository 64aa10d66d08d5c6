import { describe } from 'vitest';
import { hasSftpServer, SftpServer } from '#testing/sftp-server.ts';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';
import type { SftpAccess } from './place-access.ts';

function accessTo(server: SftpServer, more: Partial<SftpAccess> = {}): SftpAccess {
  const { host, port, user, password, hostKey, folder } = server;
  const none = { privateKey: null, passphrase: null };
  return { kind: 'SFTP', host, port, user, password, hostKey, folder, ...none, ...more };
}

async function openTwice(server: SftpServer) {
  const one = await openPlace(accessTo(server));
  const other = await openPlace(accessTo(server));
  return {
    store: one.store,
    beside: other.store,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(!hasSftpServer)('with an SFTP server (needs openssh-sftp-server)', () => {
  describeObjectStore('SFTP', async () => openTwice(await SftpServer.start()));
  describeObjectStore('SFTP without extensions', async () =>
    openTwice(await SftpServer.start({ extensions: false })),
  );
});
