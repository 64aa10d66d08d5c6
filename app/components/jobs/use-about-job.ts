'use client';

import type { Job } from '#app/data/jobs.tsx';
import { useBackupName } from '#app/i18n/use-backup-name.ts';

/** Says which backup a job works on, and with which destination; undefined where neither is known. */
export function useAboutJob() {
  const backupName = useBackupName();
  return ({ targetName: name, targetGivenName: givenName, destinationName }: Job) => {
    const backup = name ? backupName({ name, givenName }) : null;
    const parts = [backup, destinationName].filter(Boolean);
    return parts.length > 0 ? parts.join(' → ') : undefined;
  };
}
