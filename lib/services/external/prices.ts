import type { PlaceUsage } from '#engine/store/place.ts';
import type { Fields } from '../accounts/account-fields.ts';
import type { PlaceSettings } from './place-settings.ts';

/** What a place asks for, in `currency` (ISO 4217). */
export interface Prices {
  readonly currency: string;
  /** For a GB (10^9 bytes) that lies there a month. */
  readonly storage: number;
  /** For 1,000 PUT, POST and LIST requests. */
  readonly writes: number;
  /** For 1,000 GET and HEAD requests. */
  readonly reads: number;
  /** For a GB that is read back. */
  readonly egress: number;
}

/**
 * Amazon's list prices of S3 Standard in us-east-1 ("Amazon S3 pricing", 2026): the first 50 TB a month, and the first
 * 10 TB that leave it. Other regions and contracts differ, so people may set their own.
 */
const AMAZON: Prices = {
  currency: 'USD',
  storage: 0.023,
  writes: 0.005,
  reads: 0.0004,
  egress: 0.09,
};

const GB = 1e9;
const THOUSAND = 1_000;
const MOST = 1_000_000;
const numbers = ['storage', 'writes', 'reads', 'egress'] as const;

/** What is asked for, as far as anybody said; null: nobody knows, or nothing is. */
export function pricesOf(settings: PlaceSettings, set: Prices | null): Prices | null {
  if (set) return set;
  return settings.kind === 'S3' && settings.endpoint === null ? AMAZON : null;
}

/** Refuses what is no price; undefined where none are given. */
export function readPrices(fields: Fields, prices: Prices | null | undefined): Prices | undefined {
  if (!prices) return undefined;
  if (!/^[A-Z]{3}$/.test(prices.currency))
    fields.refuse('input.prices.currency', { reason: 'currency' });
  for (const name of numbers)
    if (!(prices[name] >= 0 && prices[name] <= MOST))
      fields.refuse(`input.prices.${name}`, { reason: 'range', params: { min: 0, max: MOST } });
  const { currency, storage, writes, reads, egress } = prices;
  return { currency, storage, writes, reads, egress };
}

/** What these requests and bytes cost. */
export function costOfUse(
  { writes, reads, egress }: Prices,
  usage: Pick<PlaceUsage, 'writes' | 'reads' | 'readBytes'>,
): number {
  return (
    (usage.writes / THOUSAND) * writes +
    (usage.reads / THOUSAND) * reads +
    (usage.readBytes / GB) * egress
  );
}

/** What so many bytes cost that lie there a month. */
export function costOfMonth({ storage }: Prices, bytes: bigint): number {
  return (Number(bytes) / GB) * storage;
}
