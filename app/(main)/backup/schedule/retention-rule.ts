import type { RetentionRuleInput } from '#generated/graphql/client/graphql.ts';

export const keepFields = ['keepLast', 'keepDaily', 'keepWeekly', 'keepMonthly'] as const;

/** The numbers as typed. */
export type Keep = Readonly<Record<(typeof keepFields)[number], string>>;

const LARGEST = 10_000;

export function keepOf(rule: RetentionRuleInput): Keep {
  return {
    keepLast: String(rule.keepLast),
    keepDaily: String(rule.keepDaily),
    keepWeekly: String(rule.keepWeekly),
    keepMonthly: String(rule.keepMonthly),
  };
}

/** Parses the typed numbers; null if one is invalid or the newest backup would not be kept. */
export function validRule(keep: Keep): RetentionRuleInput | null {
  const numbers = keepFields.map((field) =>
    /^\d{1,5}$/.test(keep[field]) ? Number(keep[field]) : -1,
  );
  const [keepLast = -1, keepDaily = -1, keepWeekly = -1, keepMonthly = -1] = numbers;
  if (keepLast < 1 || numbers.some((number) => number < 0 || number > LARGEST)) return null;
  return { keepLast, keepDaily, keepWeekly, keepMonthly };
}
