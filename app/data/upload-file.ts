import { epochHeader, type PlantEpoch } from './client.ts';
import { networkProblem, type Problem, problemOfJson } from './problem.ts';

export interface UploadRequest {
  readonly postId: string;
  readonly file: File;
  readonly epoch: PlantEpoch;
  /** Between 0 and 1. */
  readonly onProgress: (fraction: number) => void;
  readonly signal: AbortSignal;
}

/** Sends one file of a post as a raw body; returns null, or what went wrong. */
export function uploadFile(request: UploadRequest): Promise<Problem | null> {
  const { postId, file, epoch, onProgress, signal } = request;
  return new Promise((resolve) => {
    const exchange = new XMLHttpRequest();
    const url = `/api/posts/${encodeURIComponent(postId)}/files?name=${encodeURIComponent(file.name)}`;
    exchange.open('POST', url);
    exchange.setRequestHeader('content-type', file.type || 'application/octet-stream');
    exchange.setRequestHeader('x-requested-with', 'fiberkeep');
    for (const [name, value] of Object.entries(epochHeader(epoch)))
      exchange.setRequestHeader(name, value);
    exchange.upload.onprogress = (event) => onProgress(event.loaded / Math.max(1, event.total));
    exchange.onload = () => resolve(exchange.status < 300 ? null : problemOfAnswer(exchange));
    exchange.onerror = () => resolve(networkProblem());
    exchange.onabort = () => resolve(networkProblem());
    signal.addEventListener('abort', () => exchange.abort(), { once: true });
    exchange.send(file);
  });
}

function problemOfAnswer(exchange: XMLHttpRequest): Problem {
  try {
    return problemOfJson(exchange.responseText);
  } catch {
    return networkProblem();
  }
}

/** Sends a file to import as a raw body; returns its id, or what went wrong. */
export function uploadImport(
  file: File,
  onProgress: (fraction: number) => void,
): Promise<{ id: string } | { problem: Problem }> {
  return new Promise((resolve) => {
    const exchange = new XMLHttpRequest();
    exchange.open('POST', `/api/imports?name=${encodeURIComponent(file.name)}`);
    exchange.setRequestHeader('content-type', 'application/octet-stream');
    exchange.setRequestHeader('x-requested-with', 'fiberkeep');
    exchange.upload.onprogress = (event) => onProgress(event.loaded / Math.max(1, event.total));
    exchange.onload = () =>
      resolve(
        exchange.status < 300
          ? JSON.parse(exchange.responseText)
          : { problem: problemOfAnswer(exchange) },
      );
    exchange.onerror = () => resolve({ problem: networkProblem() });
    exchange.onabort = () => resolve({ problem: networkProblem() });
    exchange.send(file);
  });
}
