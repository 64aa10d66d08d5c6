import { useTranslations } from 'next-intl';
import type { ChangeKind } from '#generated/graphql/client/graphql.ts';

/** Names a kind of change: what a restore would do, or between two backups what was done. */
export function useKindWords(toNow: boolean): (kind: ChangeKind) => string {
  const t = useTranslations('compare');
  return (kind) => t(toNow ? `kindsNow.${kind}` : `kinds.${kind}`);
}
