import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo, BlockList, type LookupFunction } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { guardedLookup } from '#services/notifications/public-address.ts';
import { freePort } from '#testing/free-port.ts';
import { hasSftpServer, type SftpServer, startSftpServer } from '#testing/sftp-server.ts';
import { openPlace } from './open-place.ts';
import type { SftpAccess } from './place-access.ts';

const run = promisify(execFile);
const unusable = (reason: string) => ({ code: 'DESTINATION_UNUSABLE', reason });
const bytes = Buffer.from('x');

describe.skipIf(!hasSftpServer)('with an SFTP server (needs openssh-sftp-server)', () => {
  test('a host key that is not known yet is told, and no password is offered', async () => {
    await using server = await startSftpServer();
    await expect(openPlace(server.access({ hostKey: null }))).rejects.toMatchObject({
      ...unusable('hostKeyUnknown'),
      params: { fingerprint: server.hostKey, place: expect.stringContaining('sftp://keeper@') },
    });
    expect(server.tried).toEqual([]);
  });

  test('a fingerprint is what ssh-keygen shows', async () => {
    await using server = await startSftpServer();
    const file = path.join(server.folder, 'host.pub');
    await writeFile(file, `${server.hostKeyLine}\n`);
    const { stdout } = await run('ssh-keygen', ['-lf', file]);
    const error = await openPlace(server.access({ hostKey: null })).catch((thrown) => thrown);
    expect(stdout.split(' ')[1]).toBe(error.params.fingerprint);
  });

  test('another host key than the pinned one is refused, and no password is offered', async () => {
    await using server = await startSftpServer();
    const access = server.access();
    server.changeHostKey();
    await expect(openPlace(access)).rejects.toMatchObject({
      ...unusable('hostKeyDiffers'),
      params: { fingerprint: server.hostKey, expected: access.hostKey },
    });
    expect(server.tried).toEqual([]);
  });

  test('the host key is compared again with each new connection', async () => {
    await using server = await startSftpServer();
    await using place = await openPlace(server.access());
    server.tried.length = 0;
    server.changeHostKey();
    server.breakConnections();
    await expect(place.store.has('one.1')).rejects.toMatchObject(unusable('hostKeyDiffers'));
    expect(server.tried).toEqual([]);
  });

  const proofs: [string, (server: SftpServer) => Partial<SftpAccess>][] = [
    ['a password', () => ({})],
    ['a key', ({ privateKey }) => ({ password: null, privateKey })],
    [
      'a key with a passphrase',
      ({ sealedPrivateKey: privateKey, passphrase }) => ({
        password: null,
        privateKey,
        passphrase,
      }),
    ],
  ];
  test.each(proofs)('%s signs in', async (_name, proof) => {
    await using server = await startSftpServer();
    await using place = await openPlace(server.access(proof(server)));
    expect(await place.store.putNew('one.1', bytes)).toBe(true);
    expect(server.tried).toHaveLength(server.tried[0] === 'password' ? 1 : 2);
  });

  test('a password answers the one question that a server asks instead', async () => {
    await using server = await startSftpServer();
    server.accepted = ['keyboard-interactive'];
    await using place = await openPlace(server.access());
    expect(await place.store.has('one.1')).toBe(false);
  });

  const refusals: [string, (server: SftpServer) => Partial<SftpAccess>][] = [
    ['a wrong password', () => ({ password: 'wrong-secret' })],
    ['a wrong user', () => ({ user: 'nobody' })],
    ['neither password nor key', () => ({ password: null })],
    ['a key that is none', () => ({ privateKey: 'wrong-secret' })],
    ['a sealed key alone', ({ sealedPrivateKey: privateKey }) => ({ privateKey })],
    [
      'a sealed key with a wrong passphrase',
      ({ sealedPrivateKey: privateKey }) => ({ privateKey, passphrase: 'wrong-secret' }),
    ],
  ];
  test.each(refusals)('%s is refused, and not repeated in the error', async (_name, proof) => {
    await using server = await startSftpServer();
    const access = server.access(proof(server));
    const error = await openPlace(access).catch((thrown) => thrown);
    expect(error).toMatchObject(unusable('placeRefused'));
    const told = JSON.stringify([error.message, error.params, String(error.cause)]);
    for (const secret of [access.password, access.privateKey?.slice(40, 100), 'wrong-secret'])
      if (secret) expect(told).not.toContain(secret);
  });

  test('a folder that is not there is told so, and not made', async () => {
    await using server = await startSftpServer();
    const folder = path.join(server.folder, 'missing');
    await expect(openPlace(server.access({ folder }))).rejects.toMatchObject(
      unusable('placeMissing'),
    );
    await writeFile(path.join(server.folder, 'file'), '');
    const file = server.access({ folder: path.join(server.folder, 'file') });
    await expect(openPlace(file)).rejects.toMatchObject(unusable('placeMissing'));
    expect(await readdir(server.folder)).toEqual(['file']);
  });

  test('a folder that goes away is told so by every operation, and not made again', async () => {
    await using server = await startSftpServer();
    await using place = await openPlace(server.access());
    await rm(server.folder, { recursive: true });
    const { store } = place;
    for (const work of [
      () => store.put('chunks/ab/one.1', bytes),
      () => store.putNew('one.1', bytes),
      () => store.get('one.1'),
      () => store.has('one.1'),
      () => store.delete('one.1'),
      () => store.tidy(new Date()),
      () => store.list('')[Symbol.asyncIterator]().next(),
    ])
      await expect(work()).rejects.toMatchObject(unusable('placeMissing'));
    await expect(readdir(server.folder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a folder may be named below the one where users are let in', async () => {
    await using server = await startSftpServer();
    await using outer = await openPlace(server.access({ folder: '.' }));
    await outer.store.put('keep/one.1', bytes);
    await using inner = await openPlace(server.access({ folder: 'keep' }));
    expect(await inner.store.has('one.1')).toBe(true);
  });

  test.each(['localhost', '127.0.0.1'])('%s is refused where the address is', async (host) => {
    await using server = await startSftpServer();
    const lookup = guardedLookup(new BlockList());
    await expect(openPlace(server.access({ host }), { lookup })).rejects.toMatchObject({
      code: 'ADDRESS_REFUSED',
      params: { host },
    });
    expect(server.connections).toBe(0);
  });

  test('an address is checked again with each new connection', async () => {
    await using server = await startSftpServer();
    const allowed = new BlockList();
    allowed.addAddress('127.0.0.1');
    let lookup = guardedLookup(allowed);
    const current: LookupFunction = (...given) => lookup(...given);
    await using place = await openPlace(server.access(), { lookup: current });
    lookup = guardedLookup(new BlockList());
    server.breakConnections();
    await expect(place.store.has('one.1')).rejects.toMatchObject({ code: 'ADDRESS_REFUSED' });
  });

  test('a signal ends what is under way, and all that comes after', async () => {
    await using server = await startSftpServer();
    const abort = new AbortController();
    await using place = await openPlace(server.access(), { signal: abort.signal });
    const reason = new Error('enough');
    server.answerWith = (answer) => {
      abort.abort(reason);
      return answer;
    };
    await expect(place.store.put('one.1', bytes)).rejects.toBe(reason);
    await expect(place.store.has('one.1')).rejects.toBe(reason);
    await expect(openPlace(server.access(), { signal: abort.signal })).rejects.toBe(reason);
  });

  test('disposing ends what is under way', async () => {
    await using server = await startSftpServer();
    const place = await openPlace(server.access());
    const putting = place.store.put('one.1', Buffer.alloc(1_000_000));
    await place[Symbol.asyncDispose]();
    await expect(putting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(place.store.has('one.1')).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  test('where nobody listens any more, the place cannot be reached', async () => {
    const server = await startSftpServer();
    await using place = await openPlace(server.access());
    await server[Symbol.asyncDispose]();
    await expect(place.store.has('one.1')).rejects.toMatchObject(unusable('placeUnreachable'));
  });
});

const nobody: SftpAccess = {
  kind: 'SFTP',
  host: '127.0.0.1',
  port: 0,
  user: 'keeper',
  folder: '.',
  password: 'secret',
  privateKey: null,
  passphrase: null,
  hostKey: null,
};

test.each([
  ['hangs up', (socket: net.Socket) => socket.end()],
  ['talks something else', (socket: net.Socket) => socket.end('220 mail.example\r\n'.repeat(99))],
])('a server that %s cannot be reached', async (_name, answer) => {
  const listener = net.createServer((socket) => answer(socket.on('error', () => {})));
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  await expect(openPlace({ ...nobody, port })).rejects.toMatchObject(unusable('placeUnreachable'));
  listener.close();
});

test('a signal ends the wait for a server that says nothing', async () => {
  const listener = net.createServer();
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const abort = new AbortController();
  listener.once('connection', () => abort.abort());
  await expect(openPlace({ ...nobody, port }, { signal: abort.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  listener.close();
});

test.each(['localhost', 'missing.invalid'])('a place at %s cannot be reached', async (host) => {
  const port = await freePort();
  await expect(openPlace({ ...nobody, host, port })).rejects.toMatchObject({
    ...unusable('placeUnreachable'),
    params: { detail: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/) },
  });
});
