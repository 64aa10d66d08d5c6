import { expect, test } from 'vitest';
import { costOfMonth, costOfUse, pricesOf } from './prices.ts';

const s3 = {
  kind: 'S3',
  bucket: 'isp',
  prefix: '',
  endpoint: null,
  region: 'us-east-1',
  pathStyle: false,
  accessKeyId: null,
  profile: null,
} as const;
const own = { currency: 'EUR', storage: 0.005, writes: 0, reads: 0, egress: 0.01 };

test('only Amazon’s prices are known; what people set comes first', () => {
  expect(pricesOf(s3, null)).toMatchObject({ currency: 'USD', storage: 0.023 });
  expect(pricesOf(s3, own)).toBe(own);
  expect(pricesOf({ ...s3, endpoint: 'https://minio.example.net' }, null)).toBeNull();
  expect(pricesOf({ kind: 'FOLDER', folder: '/mnt' }, null)).toBeNull();
});

test('10,000 writes, 20,000 reads, 30 GB read back and 100 GB stored cost as Amazon’s page says', () => {
  const amazon = pricesOf(s3, null);
  if (!amazon) throw new Error('no prices');
  const use = { writes: 10_000, reads: 20_000, readBytes: 30e9 };
  expect(costOfUse(amazon, use)).toBeCloseTo(0.05 + 0.008 + 2.7, 9);
  expect(costOfMonth(amazon, 100_000_000_000n)).toBeCloseTo(2.3, 9);
});
