'use client';

import { createContext, type ReactNode, useContext, useState } from 'react';
import {
  type BackupPartsFragment,
  PrepareArchiveDocument,
} from '#generated/graphql/client/graphql.ts';
import { useToast } from '../components/ui/toast.tsx';
import { useSendOrToast } from '../components/ui/use-send-or-toast.ts';
import { useJobEnd, useJobs } from '../data/jobs.tsx';
import type { Problem } from '../data/problem.ts';
import { useProblemText } from '../data/use-problem-text.ts';
import { saveArchive } from './save-archive.ts';

type Backup = Pick<BackupPartsFragment, 'id' | 'name' | 'archiveUrl' | 'archiveName'>;

interface Downloads {
  /** Whether a download requested on this page is still being prepared. */
  isPreparing(backupId: string): boolean;
  /** Downloads the archive, after preparing it if needed. */
  download(backup: Backup): Promise<void>;
}

const DownloadsContext = createContext<Downloads | null>(null);

export function useDownloads(): Downloads {
  const downloads = useContext(DownloadsContext);
  if (!downloads) throw new Error('useDownloads stands outside of DownloadsProvider');
  return downloads;
}

/** Provides downloads. They start when their archive is ready, whatever page is open then. */
export function DownloadsProvider({ children }: { children: ReactNode }) {
  const { add } = useJobs();
  const tell = useProblemToast();
  const { send } = useSendOrToast(PrepareArchiveDocument);
  /** The preparing job by backup; null until the server has answered. */
  const [waiting, setWaiting] = useState<
    ReadonlyMap<string, { jobId: string | null; backup: Backup }>
  >(new Map());
  const note = (backup: Backup, jobId: string | null) =>
    setWaiting((all) => new Map(all).set(backup.id, { jobId, backup }));
  const forget = (id: string) =>
    setWaiting((all) => new Map([...all].filter(([backupId]) => backupId !== id)));
  const save = async ({ archiveUrl, archiveName }: Backup) =>
    tell(await saveArchive(archiveUrl, archiveName));

  useJobEnd((job) => {
    for (const { jobId, backup } of waiting.values())
      if (jobId === job.id) {
        forget(backup.id);
        if (job.status === 'SUCCEEDED') void save(backup);
      }
  });

  const download = async (backup: Backup) => {
    if (waiting.has(backup.id)) return;
    note(backup, null);
    const answer = await send({ id: backup.id });
    const job = answer?.prepareArchive.job;
    if (job) {
      note(backup, job.id);
      add(job);
      return;
    }
    forget(backup.id);
    if (answer) await save(answer.prepareArchive.backup);
  };

  const value = { isPreparing: (id: string) => waiting.has(id), download };
  return <DownloadsContext value={value}>{children}</DownloadsContext>;
}

function useProblemToast(): (problem: Problem | null) => void {
  const toast = useToast();
  const textOf = useProblemText();
  return (problem) => {
    if (!problem) return;
    const { message, hint } = textOf(problem);
    toast({ tone: 'danger', title: message, detail: hint });
  };
}
