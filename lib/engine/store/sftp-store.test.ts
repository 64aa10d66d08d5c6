import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSmallDisk } from '#faults/small-disk.ts';
import { hasSftpServer, startSftpServer } from '#testing/sftp-server.ts';
import { requestIdOf, statusPacket } from '#testing/sftp-tap.ts';
import { describeObjectStore } from './conformance.ts';
import { openPlace } from './open-place.ts';
import type { ObjectStore } from './port.ts';

async function openLab(options?: { extensions: boolean }) {
  const server = await startSftpServer(options);
  const place = await openPlace(server.access());
  return {
    server,
    store: place.store,
    /** What the server has, read past it. */
    read: (name: string) => readFile(path.join(server.folder, name)),
    async [Symbol.asyncDispose]() {
      await place[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The same place, opened twice. */
async function openTwice(options?: { extensions: boolean }) {
  const lab = await openLab(options);
  const other = await openPlace(lab.server.access());
  return {
    ...lab,
    beside: other.store,
    async [Symbol.asyncDispose]() {
      await other[Symbol.asyncDispose]();
      await lab[Symbol.asyncDispose]();
    },
  };
}

async function namesIn(store: ObjectStore, prefix = ''): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of store.list(prefix)) names.push(name);
  return names.sort();
}

const NAME = 'chunks/ab/one.1';
const bytes = Buffer.from('0123456789abcdef'.repeat(10_000));

describe.skipIf(!hasSftpServer)('with an SFTP server (needs openssh-sftp-server)', () => {
  describeObjectStore('SFTP', openTwice);
  describeObjectStore('SFTP without extensions', () => openTwice({ extensions: false }));

  const breaks: ['within' | 'unanswered', string, number][] = [
    ['within', 'OPEN', 1],
    ['unanswered', 'MKDIR', 2],
    ['within', 'WRITE', 3],
    ['unanswered', 'fsync@openssh.com', 1],
    ['within', 'posix-rename@openssh.com', 1],
    ['unanswered', 'posix-rename@openssh.com', 1],
  ];
  test.each(breaks)('an object is put though the connection breaks %s %s %i', async (...at) => {
    await using lab = await openLab();
    lab.server.breakAt(...at);
    await lab.store.put(NAME, bytes);
    expect((await lab.read(NAME)).equals(bytes)).toBe(true);
    expect(lab.server.connections).toBe(2);
  });

  test.each([
    ['within', 'WRITE', 3],
    ['within', 'hardlink@openssh.com', 1],
    ['unanswered', 'hardlink@openssh.com', 1],
    ['unanswered', 'REMOVE', 1],
  ] as typeof breaks)(
    'a new object is ours though the connection breaks %s %s %i',
    async (...at) => {
      await using lab = await openLab();
      lab.server.breakAt(...at);
      expect(await lab.store.putNew(NAME, bytes)).toBe(true);
      expect((await lab.read(NAME)).equals(bytes)).toBe(true);
      expect(lab.server.connections).toBe(2);
    },
  );

  test.each(['within', 'unanswered'] as const)(
    "another's object stays another's where the connection breaks %s the link",
    async (when) => {
      await using lab = await openTwice();
      await lab.beside.putNew(NAME, Buffer.from('theirs'));
      lab.server.breakAt(when, 'hardlink@openssh.com');
      expect(await lab.store.putNew(NAME, bytes)).toBe(false);
      expect((await lab.store.get(NAME)).toString()).toBe('theirs');
    },
  );

  // The first file of a put is the partial one.
  test.each([
    ['within', 'OPEN', 3],
    ['within', 'WRITE', 8],
    ['unanswered', 'WRITE', 10],
    ['unanswered', 'CLOSE', 2],
  ] as typeof breaks)('without links too, though the connection breaks %s %s %i', async (...at) => {
    await using lab = await openLab({ extensions: false });
    lab.server.breakAt(...at);
    expect(await lab.store.putNew(NAME, bytes)).toBe(true);
    expect((await lab.read(NAME)).equals(bytes)).toBe(true);
    expect(lab.server.connections).toBe(2);
  });

  test('without links, nobody is told to have made what may be unfinished', async () => {
    await using lab = await openLab({ extensions: false });
    lab.server.breakAt('unanswered', 'OPEN', 3);
    await expect(lab.store.putNew(NAME, bytes)).rejects.toMatchObject({ reason: 'placeFailed' });
  });

  test.each([
    ['within', 'OPEN', 1],
    ['within', 'READ', 3],
    ['unanswered', 'READ', 5],
    ['unanswered', 'CLOSE', 1],
  ] as typeof breaks)('an object is read though the connection breaks %s %s %i', async (...at) => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    lab.server.breakAt(...at);
    expect((await lab.store.get(NAME)).equals(bytes)).toBe(true);
    expect(lab.server.connections).toBe(2);
  });

  test('all objects are listed once though the connection breaks in the middle', async () => {
    await using lab = await openLab();
    const folder = path.join(lab.server.folder, 'chunks', 'ab');
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: 350 }, (_, n) => `${n}.1`);
    for (const name of names) await writeFile(path.join(folder, name), '');
    lab.server.breakAt('unanswered', 'READDIR', 6);
    const expected = names.map((name) => `chunks/ab/${name}`).sort();
    expect(await namesIn(lab.store)).toEqual(expected);
    expect(lab.server.connections).toBe(2);
  });

  test('many operations at once survive a broken connection', async () => {
    await using lab = await openLab();
    lab.server.breakAt('within', 'WRITE', 30);
    const names = Array.from({ length: 20 }, (_, n) => `chunks/ab/${n}.1`);
    await Promise.all(names.map((name) => lab.store.put(name, bytes)));
    expect(await namesIn(lab.store)).toEqual([...names].sort());
    expect(lab.server.connections).toBe(2);
  });

  test('what a broken put leaves behind is not listed, and is tidied away when it is old', async () => {
    await using lab = await openLab();
    lab.server.breakAt('within', 'WRITE', 3);
    await lab.store.put(NAME, bytes);
    const folder = path.join(lab.server.folder, 'chunks', 'ab');
    expect(await readdir(folder)).toHaveLength(2);
    expect(await namesIn(lab.store)).toEqual([NAME]);
    await lab.store.tidy(new Date(Date.now() - 60_000));
    expect(await readdir(folder)).toHaveLength(2);
    await lab.store.tidy(new Date(Date.now() + 60_000));
    expect(await readdir(folder)).toEqual(['one.1']);
  });

  test.each([true, false])(
    'a put that fails leaves nothing behind (extensions: %j)',
    async (extensions) => {
      await using lab = await openLab({ extensions });
      await lab.store.put('chunks/ab/folder/one.1', bytes);
      await expect(lab.store.put('chunks/ab/folder', bytes)).rejects.toMatchObject({
        code: 'DESTINATION_UNUSABLE',
      });
      expect(await readdir(path.join(lab.server.folder, 'chunks', 'ab'))).toEqual(['folder']);
    },
  );

  test('files and folders are for their owner alone', async () => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    const modeOf = async (name: string) =>
      ((await stat(path.join(lab.server.folder, name))).mode & 0o777).toString(8);
    expect(await modeOf(NAME)).toBe('600');
    expect(await modeOf('chunks')).toBe('700');
  });

  test("what is not ours is not listed, and others' folders are not read", async () => {
    await using lab = await openLab();
    const { folder } = lab.server;
    for (const name of ['.snapshot/one.1', 'lost+found/one.1', 'UPPER', 'chunks/ok.1']) {
      await mkdir(path.join(folder, path.dirname(name)), { recursive: true });
      await writeFile(path.join(folder, name), 'x');
    }
    await symlink('ok.1', path.join(folder, 'chunks', 'link.1'));
    expect(await namesIn(lab.store)).toEqual(['chunks/ok.1']);
  });

  test('a folder that cannot be read is an error, not an empty one', async () => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    lab.server.answerWith = (answer, request) =>
      request === 'READDIR' ? statusPacket(requestIdOf(answer), 4, 'Input/output error') : answer;
    await expect(namesIn(lab.store)).rejects.toMatchObject({ reason: 'placeFailed' });
  });

  test('a server may list names alone', async () => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    lab.server.answerWith = (answer, request) =>
      request === 'READDIR' ? withoutAttributes(answer) : answer;
    for await (const found of lab.store.list(''))
      expect(found).toMatchObject({ name: NAME, bytes: bytes.length });
    expect(await namesIn(lab.store)).toEqual([NAME]);
  });

  test('a server may say in its own way that a folder is there', async () => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    lab.server.answerWith = (answer, request) =>
      request === 'MKDIR' && answer.readUInt32BE(9) === 4
        ? statusPacket(requestIdOf(answer), 11, 'File already exists')
        : answer;
    await lab.store.put('chunks/cd/two.1', bytes);
    expect(await namesIn(lab.store)).toEqual([NAME, 'chunks/cd/two.1']);
  });

  test('a file that ends before its size is an error, not a shorter object', async () => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    lab.server.answerWith = (answer, request) => {
      // ATTRS: length, type, id, flags, then the size.
      if (request === 'FSTAT') answer.writeBigUInt64BE(BigInt(bytes.length + 100_000), 13);
      return answer;
    };
    await expect(lab.store.get(NAME)).rejects.toMatchObject({ reason: 'placeFailed' });
  });

  test('a server may answer with fewer bytes than it was asked for', async () => {
    await using lab = await openLab();
    await lab.store.put(NAME, bytes);
    lab.server.answerWith = (answer, request) =>
      request === 'READ' ? shortened(answer, 1_000) : answer;
    expect((await lab.store.get(NAME)).equals(bytes)).toBe(true);
  });

  test.each([
    [3, 'placeRefused'],
    [8, 'placeCannot'],
    [4, 'placeFailed'],
    [14, 'placeFull'],
    [15, 'placeFull'],
  ])('status %i of a server is told as %s', async (status, reason) => {
    await using lab = await openLab();
    lab.server.answerWith = (answer, request) =>
      request === 'WRITE' ? statusPacket(requestIdOf(answer), status, 'No, because') : answer;
    const error = await lab.store.put(NAME, bytes).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'DESTINATION_UNUSABLE', reason });
    if (reason !== 'placeFull') expect(error.params.detail).toBe('No, because');
  });

  test('a full disk is told as such, and nothing is left on it', async ({ skip }) => {
    await using disk = await openSmallDisk(1_000_000);
    if (!disk.real) skip();
    await using server = await startSftpServer();
    await using place = await openPlace(server.access({ folder: disk.folder }));
    const full = { code: 'DESTINATION_UNUSABLE', reason: 'placeFull' };
    await expect(place.store.put(NAME, Buffer.alloc(2_000_000))).rejects.toMatchObject(full);
    await expect(place.store.putNew(NAME, Buffer.alloc(2_000_000))).rejects.toMatchObject(full);
    expect(await readdir(path.join(disk.folder, 'chunks', 'ab'))).toEqual([]);
  });
});

/** A DATA packet with fewer bytes. */
function shortened(packet: Buffer, length: number): Buffer {
  if (packet.readUInt8(4) !== 103 || packet.readUInt32BE(9) <= length) return packet;
  const short = Buffer.from(packet.subarray(0, 13 + length));
  short.writeUInt32BE(short.length - 4, 0);
  short.writeUInt32BE(length, 9);
  return short;
}

/** A NAME packet whose entries have no attributes, which are all optional. */
function withoutAttributes(packet: Buffer): Buffer {
  if (packet.readUInt8(4) !== 104) return packet;
  const pieces = [packet.subarray(0, 13)];
  for (let at = 13; at < packet.length; ) {
    const longName = at + 4 + packet.readUInt32BE(at);
    const attributes = longName + 4 + packet.readUInt32BE(longName);
    pieces.push(packet.subarray(at, attributes), Buffer.alloc(4));
    // The flags, and what OpenSSH tells: size, owners, permissions and times.
    at = attributes + 4 + 8 + 8 + 4 + 8;
  }
  const bare = Buffer.concat(pieces);
  bare.writeUInt32BE(bare.length - 4, 0);
  return bare;
}
