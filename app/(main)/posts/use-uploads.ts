'use client';

import { useEffect, useRef, useState } from 'react';
import { usePage } from '#app/data/graphql-provider.tsx';
import type { Problem } from '#app/data/problem.ts';
import { uploadFile } from '#app/data/upload-file.ts';

export interface Upload {
  readonly key: number;
  readonly file: File;
  /** Between 0 and 1; null before sending starts. */
  readonly progress: number | null;
  readonly done: boolean;
  readonly problem: Problem | null;
}

/** The files to add to a post: first chosen, then sent one after another. */
export function useUploads() {
  const { epoch } = usePage();
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const nextKey = useRef(0);
  const ending = useRef(new AbortController());
  useEffect(() => {
    ending.current = new AbortController();
    return () => ending.current.abort();
  }, []);

  const change = (key: number, part: Partial<Upload>) =>
    setUploads((all) =>
      all.map((upload) => (upload.key === key ? { ...upload, ...part } : upload)),
    );

  const add = (files: Iterable<File>) => {
    const fresh = [...files].map((file) => {
      nextKey.current += 1;
      return { key: nextKey.current, file, progress: null, done: false, problem: null };
    });
    setUploads((all) => [...all, ...fresh]);
  };

  const remove = (key: number) => setUploads((all) => all.filter((upload) => upload.key !== key));

  /** Sends the files not sent yet; returns whether all of them arrived. */
  const sendAll = async (postId: string): Promise<boolean> => {
    let complete = true;
    for (const { key, file } of uploads.filter((upload) => !upload.done)) {
      change(key, { progress: 0, problem: null });
      const problem = await uploadFile({
        postId,
        file,
        epoch,
        onProgress: (progress) => change(key, { progress }),
        signal: ending.current.signal,
      });
      change(key, { problem, done: problem === null });
      complete &&= problem === null;
    }
    return complete;
  };

  return { uploads, add, remove, sendAll };
}
