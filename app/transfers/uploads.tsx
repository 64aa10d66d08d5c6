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
  rememberedUrls,
  type Sending,
  type SendingState,
  sendArchive,
  takeBack,
} from './send-archive.ts';

export type Upload = UploadPartsFragment;

interface Uploads {
  /** How far this page has sent an upload; null where another page, or none, sends it. */
  sendingOf(uploadId: string): SendingState | null;
  /** Whether this page sends anything now. */
  readonly busy: boolean;
  /** Sends a file: goes on where this browser had begun to send it, else announces a new upload. Answers its id. */
  begin(file: File): Promise<{ id: string } | { problem: Problem }>;
  /** Goes on with an upload, from the same file. */
  resume(upload: Upload, file: File): void;
  /** Ends an upload; the server removes what it has of it. */
  cancel(upload: Upload): Promise<Problem | null>;
}

const UploadsContext = createContext<Uploads | null>(null);

export function useUploads(): Uploads {
  const uploads = useContext(UploadsContext);
  if (!uploads) throw new Error('useUploads stands outside of UploadsProvider');
  return uploads;
}

/** The archives that this page sends: they go on while the person looks at other pages. */
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
      const problem = await takeBack(upload.url);
      if (!problem) forget(upload.id);
      return problem;
    },
  };
  return <UploadsContext value={value}>{children}</UploadsContext>;
}

/** The upload of this very file that was broken off, where the server still waits for the rest of it. */
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
