import { parseServerKey } from '#engine/sealing/server-key.ts';
import { FiberkeepError } from '#errors';

/** What the web process tells the launcher. The channel between them is theirs alone. */
interface InstallKey {
  readonly kind: 'INSTALL_SERVER_KEY';
  /** 64 hex digits. */
  readonly serverKey: string;
}

/** Asks the launcher of this process to install a server key; null where none keeps it. */
export function askLauncher(
  process: Pick<NodeJS.Process, 'send'>,
): ((serverKey: Buffer) => Promise<void>) | null {
  if (!process.send) return null;
  return (serverKey) =>
    new Promise((resolve, reject) => {
      const message: InstallKey = {
        kind: 'INSTALL_SERVER_KEY',
        serverKey: serverKey.toString('hex'),
      };
      process.send?.(message, undefined, undefined, (error) =>
        error ? reject(new FiberkeepError('INTERNAL', { cause: error })) : resolve(),
      );
    });
}

/** The key that a process asks for; null for any other message. */
export function keyToInstall(message: unknown): Buffer | null {
  const { kind, serverKey } = (message ?? {}) as Partial<InstallKey>;
  return kind === 'INSTALL_SERVER_KEY' && typeof serverKey === 'string'
    ? parseServerKey(serverKey)
    : null;
}
