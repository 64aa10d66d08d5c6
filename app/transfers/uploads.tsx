'use client';

import { createContext, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { type Client, useClient } from 'urql';
import {
  CreateUploadDocument,
  type UploadPartsFragment,
  UploadsDocument,
} from '#generated/graphql/client/graphql.ts';
import { networkProblem, type Problem, problemOf } from '../data/problem.ts';
import {
  cancelUpload,
  rememberedUrls,
  type Sending,
  type SendingState,
  sendArchive,
} from './send-archive.ts';

export type Upload = UploadPartsFragment;

interface Uploads {
  /** The progress of an upload sent by this page; null if this page does not send it. */
  sendingOf(uploadId: string): SendingState | null;
  /** Whether this page sends anything now. */
  readonly busy: boolean;
  /**
   * Sends a file: resumes an earlier upload by this browser, or creates a new one. Returns its id.
   */
  begin(file: File): Promise<{ id: string } | { problem: Problem }>;
  /** Resumes an upload from the same file. */
  resume(upload: Upload, file: File): void;
  /** Cancels an upload; the server removes its bytes. */
  cancel(upload: Upload): Promise<Problem | null>;
}

const UploadsContext = createContext<Uploads | null>(null);

export function useUploads(): Uploads {
  const uploads = useContext(UploadsContext);
  if (!uploads) throw new Error('useUploads stands outside of UploadsProvider');
  return uploads;
}

/** Provides the uploads of this browser tab. They continue while the person visits other pages. */
export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useClient();
  const [states, setStates] = useState<ReadonlyMap<string, SendingState>>(new Map());
  const sendings = useRef(new Map<string, Sending>());
  useEffect(() => {
    const all = sendings.current;
    return () => {
      for (const sending of all.values()) sending.stop();
      all.clear();
    };
  }, []);

  const resume = ({ id, url }: Upload, file: File) => {
    sendings.current.get(id)?.stop();
    const onChange = (state: SendingState) => setStates((all) => new Map(all).set(id, state));
    sendings.current.set(id, sendArchive({ url, file, onChange }));
  };
  const forget = (id: string) => {
    sendings.current.get(id)?.stop();
    sendings.current.delete(id);
    setStates((all) => new Map([...all].filter(([uploadId]) => uploadId !== id)));
  };
  const value: Uploads = {
    sendingOf: (id) => states.get(id) ?? null,
    busy: [...states.values()].some(({ phase }) => phase === 'sending' || phase === 'waiting'),
    async begin(file) {
      const found = (await begunBefore(client, file)) ?? (await announce(client, file));
      if ('problem' in found) return found;
      resume(found, file);
      return { id: found.id };
    },
    resume,
    async cancel(upload) {
      sendings.current.get(upload.id)?.stop();
      const problem = await cancelUpload(upload.url);
      if (!problem) forget(upload.id);
      return problem;
    },
  };
  return <UploadsContext value={value}>{children}</UploadsContext>;
}

/** The interrupted upload of this file, if the server still waits for its rest. */
async function begunBefore(client: Client, file: File): Promise<Upload | null> {
  const urls = (await rememberedUrls(file)).map(pathOf);
  if (urls.length === 0) return null;
  const answer = await client
    .query(UploadsDocument, {}, { requestPolicy: 'network-only' })
    .toPromise();
  const waiting = answer.data?.uploads.filter(
    ({ status, size, url }) =>
      status === 'RECEIVING' && Number(size) === file.size && urls.includes(pathOf(url)),
  );
  return waiting?.[0] ?? null;
}

function pathOf(url: string): string {
  return new URL(url, window.location.href).pathname;
}

async function announce(client: Client, file: File): Promise<Upload | { problem: Problem }> {
  const input = { fileName: file.name, size: String(file.size) };
  const answer = await client.mutation(CreateUploadDocument, { input }).toPromise();
  if (answer.data) return answer.data.createUpload.upload;
  return { problem: answer.error ? problemOf(answer.error) : networkProblem() };
}
