import { useTranslations } from 'next-intl';
import type { SafetyPartsFragment } from '../../generated/graphql/client/graphql.ts';

interface Named {
  readonly name: string;
  /** What the name says where the server made it. */
  readonly safety?: SafetyPartsFragment | null;
}

/** What a backup is called: as people called it; what the server called it, in the person's language. */
export function useBackupName(): (backup: Named) => string {
  const t = useTranslations('backup.before');
  return ({ name, safety }) =>
    safety
      ? safety.swaps.reduceRight((words, swap) => t(swap, { name: words }), safety.backupName)
      : name;
}

/** What the backup of a restore is called. */
export function useRestoredName(): (restore: {
  readonly backupName: string;
  readonly backupSafety?: SafetyPartsFragment | null;
}) => string {
  const backupName = useBackupName();
  return ({ backupName: name, backupSafety: safety }) => backupName({ name, safety });
}
