import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AuthContext, AuthenticationType, PublicKeyAuthContext, ServerChannel } from 'ssh2';
import ssh2 from 'ssh2';
import type { SftpAccess } from '#engine/store/place-access.ts';
import { BARE_VERSION, kindOf, requestIdOf, tap } from './sftp-tap.ts';

/** OpenSSH's, where distributions put it. In Debian: package `openssh-sftp-server`. */
const SFTP_SERVER = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
  '/usr/lib/ssh/sftp-server',
  '/usr/libexec/sftp-server',
].find((file) => existsSync(file));

/** Without it there is no server to test with. */
export const hasSftpServer = SFTP_SERVER !== undefined;

const { generateKeyPairSync, parseKey } = ssh2.utils;
const PASSPHRASE = 'correct horse';
// Encrypting a key is made slow; a test need not be.
const sealing = { passphrase: PASSPHRASE, cipher: 'aes256-ctr', rounds: 1 };
const clientKey = newKeyPair();
const sealedClientKey = newKeyPair(sealing);

/** Of a request whose answer is to be lost. */
const BREAK = 'break';
/** Where a connection breaks: while a request arrives, or when it is done but not answered yet. */
type Break = { readonly when: 'within' | 'unanswered'; readonly kind: string; left: number };

/** An SSH server on the loopback, with OpenSSH's `sftp-server` in a temporary folder behind it. */
export class SftpServer implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly user = 'keeper';
  readonly password = 'a long password';
  /** Private keys that may sign in, the second with `passphrase`. */
  readonly privateKey = clientKey.private;
  readonly sealedPrivateKey = sealedClientKey.private;
  readonly passphrase = PASSPHRASE;
  /** Where users are let in. */
  readonly folder: string;
  /** The ways to sign in that it takes, and all that were tried so far. */
  accepted: AuthenticationType[] = ['password', 'publickey'];
  readonly tried: AuthenticationType[] = [];
  connections = 0;
  /** What clients get instead of an answer of `sftp-server`. */
  answerWith: ((answer: Buffer, request: string) => Buffer) | null = null;
  readonly #extensions: boolean;
  readonly #listener = net.createServer((socket) => this.#connect(socket));
  readonly #sockets = new Set<Socket>();
  #hostKey = newKeyPair();
  #break: Break | null = null;

  constructor(folder: string, extensions: boolean) {
    this.folder = folder;
    this.#extensions = extensions;
  }

  async listen(): Promise<void> {
    this.#listener.listen(0, this.host);
    await once(this.#listener, 'listening');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.breakConnections();
    await rm(this.folder, { recursive: true, force: true });
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Signs in by password into the folder, but for what is given. */
  access(more: Partial<SftpAccess> = {}): SftpAccess {
    const { host, port, user, password, hostKey, folder } = this;
    const none = { privateKey: null, passphrase: null };
    return { kind: 'SFTP', host, port, user, password, hostKey, folder, ...none, ...more };
  }

  /** As `ssh-keygen -lf` shows it. */
  get hostKey(): string {
    const [, base64 = ''] = this.#hostKey.public.split(' ');
    const digest = createHash('sha256').update(Buffer.from(base64, 'base64')).digest('base64');
    return `SHA256:${digest.replace(/=+$/, '')}`;
  }

  /** The public host key, as a line of a `.pub` file. */
  get hostKeyLine(): string {
    return this.#hostKey.public;
  }

  /** From the next connection on. */
  changeHostKey(): void {
    this.#hostKey = newKeyPair();
  }

  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Once, at the `nth` request of that kind from now on (as `kindOf` names it). */
  breakAt(when: Break['when'], kind: string, nth = 1): void {
    this.#break = { when, kind, left: nth };
  }

  #connect(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const server = new ssh2.Server({ hostKeys: [this.#hostKey.private] }, (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => this.#authenticate(context));
      connection.on('session', (accept) =>
        // With no listener for `sftp`, ssh2 hands out the bare channel.
        accept().on('subsystem', (take) => this.#serve(take(), socket)),
      );
    });
    server.injectSocket(socket);
  }

  #authenticate(context: AuthContext): void {
    this.tried.push(context.method);
    const judge = (good: boolean) => (good ? context.accept() : context.reject(this.accepted));
    const known = context.username === this.user && this.accepted.includes(context.method);
    if (known && context.method === 'password') judge(context.password === this.password);
    else if (known && context.method === 'publickey') judge(hasProof(context));
    else if (known && context.method === 'keyboard-interactive')
      context.prompt({ prompt: 'Password: ', echo: false }, ([answer]) =>
        judge(answer === this.password),
      );
    else judge(false);
  }

  #serve(channel: ServerChannel, socket: Socket): void {
    const child = spawn(SFTP_SERVER as string, { cwd: this.folder, stdio: 'pipe' });
    socket.on('close', () => child.kill());
    // What is cut off in the middle is what tests are about.
    for (const stream of [child.stdin, child.stdout, channel]) stream.on('error', () => {});
    const asked = new Map<number, string>();
    channel.pipe(tap((packet) => this.#request(packet, asked, socket))).pipe(child.stdin);
    child.stdout.pipe(tap((packet) => this.#answer(packet, asked, socket))).pipe(channel);
  }

  #request(packet: Buffer, asked: Map<number, string>, socket: Socket): Buffer {
    const kind = kindOf(packet);
    if (kind === 'INIT') return packet;
    const when = this.#breakNow(kind);
    asked.set(requestIdOf(packet), when === 'unanswered' ? BREAK : kind);
    if (when !== 'within') return packet;
    setImmediate(() => socket.destroy());
    return packet.subarray(0, packet.length / 2);
  }

  #breakNow(kind: string): Break['when'] | null {
    if (this.#break?.kind !== kind || --this.#break.left > 0) return null;
    const { when } = this.#break;
    this.#break = null;
    return when;
  }

  #answer(packet: Buffer, asked: Map<number, string>, socket: Socket): Buffer | null {
    if (kindOf(packet) === 'VERSION') return this.#extensions ? packet : BARE_VERSION;
    const request = asked.get(requestIdOf(packet)) ?? '';
    asked.delete(requestIdOf(packet));
    if (request !== BREAK) return this.answerWith?.(packet, request) ?? packet;
    socket.destroy();
    return null;
  }
}

/** `extensions: false`: it announces none, as servers do that are not OpenSSH's. */
export async function startSftpServer({ extensions = true } = {}): Promise<SftpServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fiberkeep-sftp-'));
  const server = new SftpServer(folder, extensions);
  await server.listen();
  return server;
}

/** Of 200 keys that ssh2 generates, about one is malformed and cannot be read again. */
function newKeyPair(options?: typeof sealing): { private: string; public: string } {
  for (;;) {
    const pair = generateKeyPairSync('ed25519', options);
    if (!(parseKey(pair.private, options?.passphrase) instanceof Error)) return pair;
  }
}

/** The first time a client only asks whether the key is good; the second time it signs. */
function hasProof({ key, blob, signature, hashAlgo }: PublicKeyAuthContext): boolean {
  const known = [clientKey, sealedClientKey]
    .map((pair) => parseKey(pair.public))
    .find((one) => !(one instanceof Error) && one.getPublicSSH().equals(key.data));
  if (!known || known instanceof Error) return false;
  return !(blob && signature) || known.verify(blob, signature, hashAlgo) === true;
}
