'use client';

import { createContext, type ReactNode, useContext, useReducer, useRef } from 'react';
import {
  type BackupPartsFragment,
  PrepareArchiveDocument,
} from '#generated/graphql/client/graphql.ts';
import { useToast } from '../components/ui/toast.tsx';
import { useSendOrToast } from '../components/ui/use-send-or-toast.ts';
import { type Job, useJobEnd, useJobs } from '../data/jobs.tsx';
import type { Problem } from '../data/problem.ts';
import { useProblemText } from '../data/use-problem-text.ts';
import { saveFile } from './save-file.ts';

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
  const { waiting, note, forget } = useWaiting();
  const save = async ({ archiveUrl, archiveName }: Backup) =>
    tell(await saveFile(archiveUrl, archiveName));

  const end = (job: Job) => {
    for (const { jobId, backup } of waiting.current.values())
      if (jobId === job.id) {
        forget(backup.id);
        if (job.status === 'SUCCEEDED') void save(backup);
      }
  };
  useJobEnd(end);

  const download = async (backup: Backup) => {
    if (waiting.current.has(backup.id)) return;
    note(backup, null);
    const answer = await send({ id: backup.id });
    const job = answer?.prepareArchive.job;
    if (job) {
      note(backup, job.id);
      const ended = add(job);
      if (ended) end(ended);
      return;
    }
    forget(backup.id);
    if (answer) await save(answer.prepareArchive.backup);
  };

  const value = { isPreparing: (id: string) => waiting.current.has(id), download };
  return <DownloadsContext value={value}>{children}</DownloadsContext>;
}

/** The preparing job by backup; null until the server has answered. An event may come before the next render. */
function useWaiting() {
  const waiting = useRef<ReadonlyMap<string, { jobId: string | null; backup: Backup }>>(new Map());
  const [, render] = useReducer((renders: number) => renders + 1, 0);
  const note = (backup: Backup, jobId: string | null) => {
    waiting.current = new Map(waiting.current).set(backup.id, { jobId, backup });
    render();
  };
  const forget = (id: string) => {
    waiting.current = new Map([...waiting.current].filter(([backupId]) => backupId !== id));
    render();
  };
  return { waiting, note, forget };
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
