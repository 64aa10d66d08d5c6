import { expect, test } from 'vitest';
import type { DestinationPartsFragment } from '#generated/graphql/client/graphql.ts';
import { newPlace } from './new-place.ts';
import { placeInput, placeValues, wrongField } from './place-values.ts';

const kept = {
  name: 'NAS',
  endpoint: null,
  region: null,
  pathStyle: null,
  accessKeyId: null,
  profile: null,
  hostKey: null,
  hasSecret: false,
  keepLast: 7,
  keepDaily: 30,
  keepWeekly: 13,
  keepMonthly: 24,
  bytesPerSecond: null,
  quietFrom: null,
  quietUntil: null,
  lockDays: null,
  storageClass: null,
  sendDays: [],
  sendTime: null,
  prices: null,
} as unknown as DestinationPartsFragment;

const nas = { ...kept, kind: 'FOLDER', url: 'file:///mnt/my%20nas/é#1' } as const;
const s3 = {
  ...kept,
  kind: 'S3',
  url: 's3://isp-backups/olt/north',
  endpoint: 'https://minio.example.net',
  region: 'us-east-1',
  pathStyle: true,
  accessKeyId: 'AKIA1',
  hasSecret: true,
} as const;
const sftp = {
  ...kept,
  kind: 'SFTP',
  url: 'sftp://back%20up@nas.example.net:2222/~/fiber%20keep',
  hostKey: `SHA256:${'a'.repeat(43)}`,
  hasSecret: true,
} as const;

test.each([nas, s3, sftp])('what was not changed in %o is not sent', (destination) => {
  const values = placeValues(destination);
  expect(placeInput(values, values)).toEqual({});
  expect(placeInput({ ...values, name: 'Cellar', rate: '2.5' }, values)).toEqual({
    name: 'Cellar',
    bytesPerSecond: '2500000',
  });
});

test('days and prices are sent when they changed, and taken back when they are none', () => {
  const values = placeValues(s3);
  const own = { ...values, ownPrices: true, currency: 'EUR', egress: '0' };
  expect(placeInput({ ...own, sendDays: [1, 4], sendTime: '04:00' }, values)).toEqual({
    sendDays: [1, 4],
    sendTime: '04:00',
    defaultPrices: false,
    prices: { currency: 'EUR', storage: 0.023, writes: 0.005, reads: 0.0004, egress: 0 },
  });
  expect(placeInput(values, { ...own, sendDays: [1], sendTime: '04:00' })).toEqual({
    sendDays: [],
    sendTime: '',
    defaultPrices: true,
  });
});

test('a storage class is sent, and taken back by that of the bucket', () => {
  const open = placeValues(s3);
  const cold = placeValues({ ...s3, storageClass: 'GLACIER' });
  expect(placeInput({ ...open, storageClass: 'GLACIER' }, open)).toEqual({
    storageClass: 'GLACIER',
  });
  expect(placeInput({ ...cold, storageClass: 'BUCKET' }, cold)).toEqual({ storageClass: 'BUCKET' });
});

test('a lock is sent in days, and taken back by none', () => {
  const open = placeValues(s3);
  const locked = placeValues({ ...s3, lockDays: 30 });
  expect(placeInput({ ...open, lockDays: '30' }, open)).toEqual({ lockDays: 30 });
  expect(placeInput({ ...locked, lockDays: '' }, locked)).toEqual({ lockDays: 0 });
});

test.each([
  [{ folder: ' /mnt/my nas/100%#1 ' }, 'file:///mnt/my%20nas/100%25%231'],
  [{ kind: 'S3', bucket: 'isp', prefix: '/a/b/' }, 's3://isp/a/b'],
  [{ kind: 'S3', bucket: 'isp' }, 's3://isp'],
  [{ kind: 'SFTP', user: 'u', host: 'h', path: '/srv/b' }, 'sftp://u@h/srv/b'],
  [{ kind: 'SFTP', user: 'a@b', host: 'h', port: '24', path: 'b' }, 'sftp://a%40b@h:24/~/b'],
  [{ kind: 'SFTP', user: 'u', host: 'fd00::1', path: 'b' }, 'sftp://u@[fd00::1]/~/b'],
] as const)('%o is written as %s', (typed, url) => {
  expect(placeInput({ ...newPlace, ...typed }, null).url).toBe(url);
});

test('another way to sign in takes back the secret of the former one; an empty secret stays', () => {
  const values = placeValues(sftp);
  expect(placeInput({ ...values, login: 'privateKey', privateKey: 'KEY' }, values)).toEqual({
    password: '',
    privateKey: 'KEY',
    passphrase: '',
  });
  const amazon = placeValues(s3);
  expect(placeInput({ ...amazon, accessKeyId: 'AKIA2' }, amazon)).toEqual({ accessKeyId: 'AKIA2' });
  expect(placeInput({ ...amazon, credentials: 'environment' }, amazon)).toEqual({
    accessKeyId: '',
    secretAccessKey: '',
  });
});

test('a refused address is shown at the field that is wrong', () => {
  expect(wrongField({ ...newPlace, kind: 'S3', bucket: 'My Bucket' })).toBe('bucket');
  expect(wrongField({ ...newPlace, kind: 'S3', bucket: 'isp', prefix: 'a b' })).toBe('prefix');
  expect(wrongField({ ...newPlace, kind: 'SFTP', host: 'h', path: '/' })).toBe('path');
});
