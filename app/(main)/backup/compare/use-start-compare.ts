'use client';

import { useRouter } from 'next/navigation';
import { useCallback } from 'react';
import { useJobs } from '#app/data/jobs.tsx';
import { useSend } from '#app/data/use-send.ts';
import { CompareBackupsDocument } from '#generated/graphql/client/graphql.ts';
import { compareAddress } from './compare-address.ts';

/** What is compared: two backups, the earlier one first, or a backup with the network of now (`to` null). */
export interface Compared {
  readonly from: string;
  readonly to: string | null;
}

/** Asks for compares. `make` answers the id of one, or null where it was refused; `open` also shows its page. */
export function useStartCompare() {
  const router = useRouter();
  const { add } = useJobs();
  const { send, sending, problem } = useSend(CompareBackupsDocument);
  const make = useCallback(
    async ({ from, to }: Compared): Promise<string | null> => {
      const answer = await send({ from, to });
      if (!answer) return null;
      add(answer.compareBackups.job);
      return answer.compareBackups.compare.id;
    },
    [add, send],
  );
  const open = useCallback(
    async (compared: Compared): Promise<boolean> => {
      const id = await make(compared);
      if (id !== null) router.push(compareAddress(id, compared));
      return id !== null;
    },
    [make, router],
  );
  return { make, open, sending, problem };
}
